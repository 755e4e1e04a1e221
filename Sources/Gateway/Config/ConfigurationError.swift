/// Everything that is wrong with a configuration, so that one start shows it all.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// One mistake.
  package struct Finding: Equatable, Sendable, CustomStringConvertible {
    /// The file, or the environment variable that gave the value.
    package let source: String
    /// The line in the file, from 1; `nil` where there is none.
    package let line: Int?
    /// The key, such as `limits.body_bytes` or `channels[0].name`; `nil` for the file as a whole.
    package let key: String?
    /// What was expected and what was found, without any secret.
    package let reason: String

    /// The sentence for a person: `Config/trunkline.json5:12: listen.api: …`.
    package var description: String {
      [source + (line.map { ":\($0)" } ?? ""), key, reason].compactMap { $0 }
        .joined(separator: ": ")
    }
  }

  /// The mistakes in the order of the file, then those of the environment; never empty.
  package let findings: [Finding]

  /// One line a mistake.
  package var description: String { findings.map(\.description).joined(separator: "\n") }
}
