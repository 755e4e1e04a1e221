extension Configuration {
  /// The variable that names the file when the command line does not.
  package static let fileVariable = "TRUNKLINE_CONFIG"

  /// Reads the file, then the environment over it; without `path` and `TRUNKLINE_CONFIG` the
  /// defaults and the environment alone.
  ///
  /// A variable that is set to nothing counts as not set. Values from variables are taken as they
  /// are: `${NAME}` is for the file.
  ///
  /// - Throws: ``ConfigurationError`` with every finding; the caller shows it and exits 2.
  package static func load(
    path: String?, environment: [String: String],
    providers: [any Provider.Type] = Providers.all
  ) throws(ConfigurationError) -> Configuration {
    let given = environment[fileVariable].flatMap { $0.isEmpty ? nil : $0 }
    var reader = ConfigurationReader(environment: environment, providers: providers)
    var configuration = Configuration()
    if let path = path ?? given { try reader.open(path) }
    reader.checkNames()
    for key in ConfigurationKey.all { reader.read(key, into: &configuration) }
    reader.checkTogether(configuration)
    if !reader.findings.isEmpty { throw ConfigurationError(findings: reader.findings) }
    return configuration
  }
}

/// Reads one file and the environment, and gathers everything that is wrong with them.
private struct ConfigurationReader {
  let environment: [String: String]
  let providers: [any Provider.Type]
  private var file = ""
  private var lines: [String: Int] = [:]
  private var document = JSONObject()
  private var fileFindings: [ConfigurationError.Finding] = []
  private var environmentFindings: [ConfigurationError.Finding] = []

  init(environment: [String: String], providers: [any Provider.Type]) {
    self.environment = environment
    self.providers = providers
  }

  /// In the order of the file, then of the table.
  var findings: [ConfigurationError.Finding] {
    // A stable sort: several findings of a line keep their order.
    let sorted = fileFindings.enumerated().sorted {
      ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
    }
    return sorted.map(\.element) + environmentFindings
  }

  mutating func open(_ path: String) throws(ConfigurationError) {
    file = path
    func fail(_ reason: String, line: Int? = nil) -> ConfigurationError {
      ConfigurationError(findings: [.init(source: path, line: line, key: nil, reason: reason)])
    }
    let bytes: [UInt8]
    do { bytes = try File.read(path) } catch { throw fail("cannot be read: \(error.reason)") }
    var lines: [String: Int] = [:]
    let json: JSON
    do {
      json = try JSON.parse(bytes, comments: true) { lines[$0] = $1 }
    } catch {
      throw fail("not JSON with comments: \(error.reason)", line: error.line)
    }
    guard let object = json.object else {
      throw fail("expected an object, found \(json.found(hidden: true))", line: 1)
    }
    document = object
    self.lines = lines
  }

  /// Finds the names that no key has.
  mutating func checkNames() {
    let keys = ConfigurationKey.all
    let top = keys.compactMap { $0.components.first.map(String.init) }
    for member in document {
      let inside = keys.filter { $0.path.hasPrefix("\(member.key).") }
      if !top.contains(member.key) || member.key.contains(".") {
        unknown(member.key, name: member.key, known: top)
      } else if !inside.isEmpty {
        checkNames(in: member.value, section: member.key, keys: inside)
      }
    }
  }

  private mutating func checkNames(
    in value: JSON, section: String, keys: [ConfigurationKey]
  ) {
    if value.isNull { return }
    guard let object = value.object else {
      return report(section, "expected an object, found \(value.found(hidden: false))")
    }
    let known = keys.compactMap { $0.components.last.map(String.init) }
    for member in object where !known.contains(member.key) {
      unknown("\(section).\(member.key)", name: member.key, known: known)
    }
  }

  private mutating func unknown(_ path: String, name: String, known: [String]) {
    // A name that is right elsewhere is more likely misplaced than misspelt.
    let elsewhere = ConfigurationKey.all.first { $0.path == name || $0.path.hasSuffix(".\(name)") }
    let meant = elsewhere?.path ?? Spelling.nearest(to: name, among: known)
    let hint =
      if elsewhere?.path == name {
        "; write it as objects within each other"
      } else {
        meant.map { "; did you mean \"\($0)\"?" } ?? ""
      }
    report(path, "unknown key\(hint)")
  }

  /// Reads one key, from the environment before the file.
  mutating func read(_ key: ConfigurationKey, into configuration: inout Configuration) {
    if let text = variable(key) {
      readVariable(text, key, into: &configuration)
    } else if let json = value(at: key.components), !json.isNull {
      var expanded = Set<String>()
      guard let json = expand(json, key.path, &expanded) else { return }
      assign(json, key, expanded: expanded, into: &configuration)
    }
  }

  private func variable(_ key: ConfigurationKey) -> String? {
    environment[key.environmentName].flatMap { $0.isEmpty ? nil : $0 }
  }

  private mutating func readVariable(
    _ text: String, _ key: ConfigurationKey, into configuration: inout Configuration
  ) {
    guard case .channels = key.shape else {
      return assign(.string(text), key, expanded: [], into: &configuration)
    }
    do {
      let json = try JSON.parse(Array(text.utf8), comments: true)
      assign(json, key, expanded: [], into: &configuration)
    } catch {
      report(key.path, "not JSON with comments: \(error.reason)", from: key)
    }
  }

  private mutating func assign(
    _ json: JSON, _ key: ConfigurationKey, expanded: Set<String>,
    into configuration: inout Configuration
  ) {
    let isText = variable(key) != nil || expanded.contains(key.path)
    let number = key.isNumber && isText ? json.string.flatMap { Int64($0.trimmed) } : nil
    switch key.shape {
    case .value(let put):
      if put(number.map(JSON.integer) ?? json, &configuration) { return }
      let hidden = key.isSecret || expanded.contains(key.path)
      let found = json.found(hidden: hidden)
      report(key.path, "expected \(key.expectation), found \(found)", from: key)
    case .channels:
      var channels = ChannelReader(
        providers: providers, defaultTenant: configuration.defaultTenant, expanded: expanded)
      configuration.channels = channels.read(json)
      for problem in channels.problems { report(problem.path, problem.reason, from: key) }
    }
  }

  /// Replaces variables in every string below `json`; `nil` when one of them cannot be.
  private mutating func expand(
    _ json: JSON, _ path: String, _ expanded: inout Set<String>
  ) -> JSON? {
    switch json {
    case .string(let text):
      let expansion = VariableExpansion(text, environment: environment)
      for problem in expansion.problems { report(path, problem) }
      if expansion.isExpanded { expanded.insert(path) }
      return expansion.problems.isEmpty ? .string(expansion.text) : nil
    case .array(let values):
      var all: [JSON?] = []
      for (index, value) in values.enumerated() {
        all.append(expand(value, "\(path)[\(index)]", &expanded))
      }
      return all.contains(nil) ? nil : .array(all.compactMap { $0 })
    case .object(let object):
      var all = JSONObject()
      for (name, value) in object { all[name] = expand(value, "\(path).\(name)", &expanded) }
      return all.count == object.count ? .object(all) : nil
    default: return json
    }
  }

  /// Finds values that are right alone and wrong together.
  mutating func checkTogether(_ configuration: Configuration) {
    if configuration.tlsCertificate != nil, configuration.tlsKey == nil {
      reportOf("tls.certificate", "tls.key is not set: TLS needs both")
    } else if configuration.tlsKey != nil, configuration.tlsCertificate == nil {
      reportOf("tls.key", "tls.certificate is not set: TLS needs both")
    }
    let listen = configuration.listen
    if listen.public == listen.api, listen.api.port != 0 {
      reportOf("listen.api", "the same address as listen.public: they are two listeners")
    }
  }

  private func value(at components: [Substring]) -> JSON? {
    components.reduce(JSON?.some(.object(document))) { $0?[String($1)] }
  }

  private mutating func reportOf(_ path: String, _ reason: String) {
    report(path, reason, from: ConfigurationKey.all.first { $0.path == path })
  }

  /// Notes a finding where the value of `key` comes from: the file, unless a variable overrides it.
  private mutating func report(_ path: String, _ reason: String, from key: ConfigurationKey? = nil)
  {
    if let key, variable(key) != nil || file.isEmpty {
      environmentFindings.append(
        .init(source: key.environmentName, line: nil, key: path, reason: reason))
    } else {
      fileFindings.append(.init(source: file, line: line(path), key: path, reason: reason))
    }
  }

  /// The line of a member, or of what it is missing in.
  private func line(_ path: String) -> Int? {
    var path = Substring(path)
    while true {
      if let line = lines[String(path)] { return line }
      guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
      path = path[..<end]
    }
  }
}

extension JSON {
  /// What stands in a wrong place, in words. `hidden` says only its kind: it may be a secret.
  func found(hidden: Bool) -> String {
    switch self {
    case .null: "null"
    case .array: "a list"
    case .object: "an object"
    // An "@" may stand behind a password.
    case .string(let text) where hidden || text.contains("@"): "a string that is not shown"
    case .string(let text) where text.count > 60:
      "a string of \(text.count) characters"
    case .integer, .number:
      hidden ? "a number" : String(decoding: serialized(), as: UTF8.self)
    default: String(decoding: serialized(), as: UTF8.self)
    }
  }
}
