import CLinux

/// The variables this process was started with.
package enum Environment {
  /// A copy of them, names to values. Bytes that are no UTF-8 become replacement characters.
  package static var current: [String: String] {
    var variables: [String: String] = [:]
    guard var entry = trunkline_environment() else { return variables }
    while let text = entry.pointee {
      let pair = String(cString: text).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // getenv(3) answers with the first of two entries of one name, and so do we.
      if pair.count == 2, variables[String(pair[0])] == nil {
        variables[String(pair[0])] = String(pair[1])
      }
      entry += 1
    }
    return variables
  }

  /// Variables that look like misspelt keys, one warning each. Not errors: an orchestrator sets
  /// variables such as `TRUNKLINE_SERVICE_HOST` for a service of this name.
  package static func suspicions(_ variables: [String: String]) -> [String] {
    let prefix = ConfigurationKey.environmentPrefix
    let known = ConfigurationKey.all.map(\.environmentName) + commandLine
    return variables.keys.sorted().compactMap { name in
      guard name.hasPrefix(prefix), !known.contains(name),
        // Without the prefix: it alone would make every name resemble every other.
        let meant = Spelling.nearest(
          to: String(name.dropFirst(prefix.count)),
          among: known.map { String($0.dropFirst(prefix.count)) })
      else { return nil }
      return "\(name) is no setting; did you mean \(prefix)\(meant)?"
    }
  }

  /// Variables of the commands, which no file holds.
  private static let commandLine = [
    Configuration.fileVariable, "TRUNKLINE_URL", "TRUNKLINE_API_KEY", "TRUNKLINE_UPDATE_GOLDENS",
  ]
}
