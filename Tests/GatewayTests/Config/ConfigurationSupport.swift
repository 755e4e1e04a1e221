@testable import Gateway

/// A provider with a setting of each kind, for what configuration does with any provider.
struct PlainConfiguredProvider: Provider {
  static let name = "plain"
  static let title = "Plain"
  static let settings = [
    SettingKey("account", required: true, "The account's number."),
    SettingKey("token", secret: true, required: true, list: true, "The token."),
    SettingKey("region", "Where it is."),
  ]
  static let bodyBytesMax = 1024

  let accounts: [String] = []

  init(settings: ChannelSettings) throws(SettingsError) {
    if settings.string("region") == "nowhere" {
      throw SettingsError(field: "region", "must be a place")
    }
  }

  func transports(address: String?) -> [TransportKind] { [.other] }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    .refused(reason: "never called")
  }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] { [] }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(status: 204)
  }
  func remainingSteps(webhookURL: String) -> [String] { [] }
}

/// A second one, so that a wrong name has two right ones to choose from.
struct OtherConfiguredProvider: Provider {
  static let name = "other"
  static let title = "Other"
  static let settings: [SettingKey] = []
  static let bodyBytesMax = 1024

  let accounts: [String] = []

  init(settings: ChannelSettings) throws(SettingsError) {}

  func transports(address: String?) -> [TransportKind] { [.other] }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    .refused(reason: "never called")
  }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] { [] }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(status: 204)
  }
  func remainingSteps(webhookURL: String) -> [String] { [] }
}

/// Loads `text` as a file; findings call it `file`.
func loadConfiguration(
  _ text: String, _ environment: [String: String] = [:],
  providers: [any Provider.Type] = [PlainConfiguredProvider.self, OtherConfiguredProvider.self]
) throws(ConfigurationError) -> Configuration {
  func impossible(_ failure: File.Failure) -> ConfigurationError {
    ConfigurationError(findings: [
      .init(source: failure.path, line: nil, key: nil, reason: failure.reason)
    ])
  }
  let folder: String
  do { folder = try File.makeTemporaryDirectory("configuration") } catch { throw impossible(error) }
  defer { File.remove(folder) }
  let path = "\(folder)/file"
  do { try File.write(Array(text.utf8), to: path) } catch { throw impossible(error) }
  do {
    return try Configuration.load(
      path: path, environment: environment, providers: providers)
  } catch {
    throw ConfigurationError(
      findings: error.findings.map {
        .init(
          source: $0.source == path ? "file" : $0.source, line: $0.line, key: $0.key,
          reason: $0.reason)
      })
  }
}

/// What is wrong with `text`, one line a finding; empty when it loads.
func configurationMistakes(_ text: String, _ environment: [String: String] = [:]) -> [String] {
  do {
    _ = try loadConfiguration(text, environment)
    return []
  } catch {
    return error.findings.map(\.description)
  }
}
