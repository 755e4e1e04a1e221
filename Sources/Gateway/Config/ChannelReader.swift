/// Reads the list of channels and gathers what is wrong with it.
struct ChannelReader {
  /// A mistake and the path to it.
  struct Problem: Equatable {
    /// The path, such as `channels[0].name`.
    let path: String
    /// What is wrong there, without any secret.
    let reason: String
  }

  /// The providers a channel can have.
  let providers: [any Provider.Type]
  /// The tenant of channels that name none.
  let defaultTenant: String
  /// Paths whose text came from a variable: it is not shown.
  let expanded: Set<String>
  /// What is wrong, in the order it was found.
  private(set) var problems: [Problem] = []

  /// What the key takes.
  static let expectation =
    "a list of {tenant?, provider, name, address?, public_url?, verification?, policy?, settings}"

  private static let members = [
    "tenant", "provider", "name", "address", "public_url", "verification", "policy", "settings",
  ]

  /// A reader for one list.
  init(providers: [any Provider.Type], defaultTenant: String, expanded: Set<String>) {
    self.providers = providers
    self.defaultTenant = defaultTenant
    self.expanded = expanded
  }

  /// The channels without mistakes; ``problems`` has the rest.
  mutating func read(_ json: JSON) -> [ChannelConfiguration] {
    guard let list = json.array else {
      refuse("channels", Self.expectation, json)
      return []
    }
    var channels: [ChannelConfiguration] = []
    for (index, element) in list.enumerated() {
      let path = "channels[\(index)]"
      guard let channel = channel(element, path) else { continue }
      if channels.contains(where: { $0.tenant == channel.tenant && $0.name == channel.name }) {
        report("\(path).name", "another channel of this tenant has this name")
      }
      channels.append(channel)
    }
    return channels
  }

  private mutating func channel(_ json: JSON, _ path: String) -> ChannelConfiguration? {
    guard let object = json.object else {
      refuse(path, "an object", json)
      return nil
    }
    let before = problems.count
    for name in object.keys where !Self.members.contains(name) {
      report("\(path).\(name)", Spelling.unknown("key", name, among: Self.members))
    }
    let provider = provider(object, path)
    let name = text("name", object, path)
    if name == nil, object["name"]?.isNull ?? true {
      report("\(path).name", "required: the name people know the channel by")
    }
    let tenant = text("tenant", object, path)
    let address = text("address", object, path)
    let publicURL = parsed(
      "public_url", object, path, PublicURL.expectation, PublicURL.normalised)
    let verification = parsed(
      "verification", object, path, "\"enforce\" or \"observe\"",
      Channel.VerificationMode.init)
    let policy = policy(object["policy"], "\(path).policy")
    let settings = provider.flatMap { self.settings(object["settings"], $0, "\(path).settings") }
    guard problems.count == before, let provider, let name, let settings else { return nil }
    return ChannelConfiguration(
      tenant: tenant ?? defaultTenant, provider: provider.name, name: name, address: address,
      publicURL: publicURL, verification: verification ?? .enforce, policy: policy,
      settings: settings)
  }

  private mutating func provider(_ object: JSONObject, _ path: String) -> (any Provider.Type)? {
    guard let name = text("provider", object, path) else {
      if object["provider"]?.isNull ?? true {
        report("\(path).provider", "required: one of \(known)")
      }
      return nil
    }
    if let provider = providers.first(where: { $0.name == name }) { return provider }
    let nearest = Spelling.nearest(to: name, among: providers.map { $0.name })
    let hint = nearest.map { "did you mean \"\($0)\"?" } ?? "there is \(known)"
    report("\(path).provider", "no such provider; \(hint)")
    return nil
  }

  private var known: String { providers.map { "\"\($0.name)\"" }.joined(separator: ", ") }

  /// Checks the settings as the provider declares them, then lets the provider look at them.
  private mutating func settings(
    _ json: JSON?, _ provider: any Provider.Type, _ path: String
  ) -> ChannelSettings? {
    guard var object = json.map({ $0.isNull ? [:] : $0.object }) ?? [:] else {
      refuse(path, "an object", json ?? .null)
      return nil
    }
    let before = problems.count
    var declared = provider.settings
    // Each finding ends a check, so what it names is left out to learn of the next one.
    for _ in 0...(object.count + declared.count) {
      do throws(SettingsError) {
        let settings = try ChannelSettings(object, declared: declared)
        // Without what was left out, the provider would only complain of the same again.
        if problems.count == before { _ = try provider.init(settings: settings) }
        return settings
      } catch {
        report("\(path).\(error.field)", error.reason)
        object[error.field] = nil
        declared.removeAll { $0.name == error.field }
      }
    }
    return nil
  }

  /// The policy as it was given; `nil` when absent, or when it is wrong and reported.
  private mutating func policy(_ json: JSON?, _ path: String) -> ChannelPolicy? {
    guard let json, !json.isNull else { return nil }
    guard let object = json.object else {
      refuse(path, "an object", json)
      return nil
    }
    do throws(ContentError) {
      return try ChannelPolicy(checking: object)
    } catch {
      // The finding names the member behind "policy".
      report(path + error.field.dropFirst("policy".count), error.message)
      return nil
    }
  }

  /// A string that is not empty; `nil` when absent, or when it is another thing and reported.
  private mutating func text(_ name: String, _ object: JSONObject, _ path: String) -> String? {
    parsed(name, object, path, ConfigurationKey.anyText) { $0.trimmed.isEmpty ? nil : $0 }
  }

  private mutating func parsed<Value>(
    _ name: String, _ object: JSONObject, _ path: String, _ expectation: String,
    _ parse: (String) -> Value?
  ) -> Value? {
    guard let json = object[name], !json.isNull else { return nil }
    if let value = json.string.flatMap(parse) { return value }
    refuse("\(path).\(name)", expectation, json)
    return nil
  }

  private mutating func refuse(_ path: String, _ expectation: String, _ json: JSON) {
    let found = json.found(hidden: expanded.contains(path))
    report(path, "expected \(expectation), found \(found)")
  }

  private mutating func report(_ path: String, _ reason: String) {
    problems.append(Problem(path: path, reason: reason))
  }
}
