import Testing

@testable import Gateway

/// The recorded requests of Instagram and Messenger, and channels to read them with.
struct MetaMessagingFixtures: Sendable, CustomTestStringConvertible {
  /// The provider's name, which is its folder's.
  let provider: String
  /// The request's name, without `.http`.
  let name: String
  private let kind: String
  var testDescription: String { "\(provider) \(name)" }

  static let account = "17841400123456789"
  static let user = "6543210987654321"
  static let page = "104000111222333"
  static let pageUser = "7012345678901234"
  /// The secrets of the two `channel.json`.
  static let secrets = ["aaaabbbbccccddddeeeeffff00001111", "fedcba9876543210fedcba9876543210"]

  /// All genuine requests of both.
  static let all = ["instagram", "messenger"].flatMap { provider in
    ["inbound", "status"].flatMap { kind in
      ((try? File.list("\(Repository.root)/ProviderFixtures/\(provider)/\(kind)")) ?? [])
        .filter { $0.hasSuffix(".http") }
        .map { MetaMessagingFixtures(provider: provider, name: String($0.dropLast(5)), kind: kind) }
    }
  }

  /// The request as recorded.
  func request() throws -> HTTPRequest {
    let path = "\(Repository.root)/ProviderFixtures/\(provider)/\(kind)/\(name).http"
    guard let request = HTTPRequest(wire: try File.read(path)) else { throw Missing(name: name) }
    return request
  }

  /// A channel of that provider.
  func channel() throws -> any Provider {
    provider == "instagram" ? try Self.instagram() : try Self.messenger()
  }

  /// What is read of `document` in place of the recorded one.
  func read(_ document: JSON) throws(Unreadable) -> [Item] {
    guard let channel = try? channel() else { throw Unreadable("no channel") }
    return try channel.read(Self.request(document))
  }

  static func instagram(_ others: JSONObject = [:]) throws -> Instagram {
    var settings: JSONObject = [
      "account_id": .string(account), "access_token": "IGAAsyntheticInstagramToken00000000000000",
      "app_secret": .array(secrets.map(JSON.string)), "verify_token": "vt-synthetic-77",
    ]
    for (name, value) in others { settings[name] = value }
    return try Instagram(settings: ChannelSettings(settings, declared: Instagram.settings))
  }

  static func messenger(_ others: JSONObject = [:]) throws -> Messenger {
    var settings: JSONObject = [
      "page_id": .string(page), "access_token": "EAAsyntheticPageToken0000000000000000000",
      "app_secret": .string("fedcba9876543210fedcba9876543210"), "verify_token": "vt-synthetic-77",
    ]
    for (name, value) in others { settings[name] = value }
    return try Messenger(settings: ChannelSettings(settings, declared: Messenger.settings))
  }

  /// What a channel reads of an event from the user to the account.
  static func read(
    _ event: JSONObject, in list: String = "messaging", entry: JSONObject = [:],
    settings: JSONObject = [:]
  ) throws -> [Item] {
    try instagram(settings).read(
      request(post(event, in: list, "instagram", account, user, entry)))
  }

  /// The same on a page.
  static func readOnPage(_ event: JSONObject, in list: String = "messaging") throws -> [Item] {
    try messenger().read(request(post(event, in: list, "page", page, pageUser, [:])))
  }

  private static func post(
    _ event: JSONObject, in list: String, _ object: String, _ account: String, _ user: String,
    _ entry: JSONObject
  ) -> JSON {
    var whole: JSONObject = [
      "sender": ["id": .string(user)], "recipient": ["id": .string(account)],
      "timestamp": 1_791_210_000_123,
    ]
    for (name, value) in event { whole[name] = value.isNull ? nil : value }
    var members: JSONObject = ["id": .string(account), "time": 1_791_210_000_163]
    members[list] = [.object(whole)]
    for (name, value) in entry { members[name] = value.isNull ? nil : value }
    return ["object": .string(object), "entry": [.object(members)]]
  }

  static func request(_ body: JSON) -> HTTPRequest {
    HTTPRequest(
      method: "POST", target: "/webhooks/chn_1", headers: ["Content-Type": "application/json"],
      body: body.serialized())
  }

  /// A fixture that is not there.
  struct Missing: Error {
    /// Its name.
    let name: String
  }
}
