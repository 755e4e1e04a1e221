@testable import Gateway

/// The recorded requests of WhatsApp's Cloud API, and a channel to read them with.
enum WhatsAppFixtures {
  /// The folder of the fixtures.
  static let folder = "\(Repository.root)/ProviderFixtures/whatsapp_cloud"

  /// The secrets of `channel.json`.
  static let token = "EAAsyntheticWhatsAppToken0000000000000000"
  static let secret = "0123456789abcdef0123456789abcdef"
  static let word = "vt-synthetic-77"

  /// The genuine requests by folder and name, without `.http`.
  static let names: [String] = ["inbound", "status"].flatMap { kind in
    ((try? File.list("\(folder)/\(kind)")) ?? []).filter { $0.hasSuffix(".http") }
      .map { "\(kind)/\($0.dropLast(5))" }
  }

  /// A channel with those settings; others replace or add to them, `null` takes one away.
  static func provider(_ others: JSONObject = [:]) throws -> WhatsAppCloud {
    var settings: JSONObject = [
      "phone_number_id": "118899001122334", "business_account_id": "203344556677889",
      "access_token": .string(token), "app_secret": .string(secret), "verify_token": .string(word),
    ]
    for (name, value) in others { settings[name] = value.isNull ? nil : value }
    return try WhatsAppCloud(
      settings: ChannelSettings(settings, declared: WhatsAppCloud.settings))
  }

  /// A recorded post.
  static func post(_ name: String) throws -> JSON {
    let path = name.contains("/") ? name : "inbound/\(name)"
    guard let request = HTTPRequest(wire: try File.read("\(folder)/\(path).http")) else {
      throw Missing(name: name)
    }
    return try JSON.parse(request.body)
  }

  /// What is read of a recorded post.
  static func read(_ name: String) throws -> [Item] { try read(post(name)) }

  /// What is read of a post.
  static func read(_ post: JSON) throws -> [Item] { try provider().read(request(post)) }

  /// What is read of a post with one change of that field and value.
  static func read(field: String, _ value: JSON, time: JSON = nil) throws -> [Item] {
    var entry: JSONObject = ["id": "203344556677889"]
    if !time.isNull { entry["time"] = time }
    entry["changes"] = [["field": .string(field), "value": value]]
    return try read(["object": "whatsapp_business_account", "entry": [.object(entry)]])
  }

  /// What is read of one message, written by somebody with a number and a user id.
  static func read(message: JSONObject, contacts: JSON = []) throws -> [Item] {
    var full: JSONObject = [
      "from": "5511987654321", "from_user_id": "BR.1029", "id": "wamid.A",
      "timestamp": "1791210000",
    ]
    for (name, value) in message { full[name] = value.isNull ? nil : value }
    return try read(
      field: "messages",
      [
        "metadata": ["phone_number_id": "118899001122334"], "contacts": contacts,
        "messages": [.object(full)],
      ])
  }

  /// A request with that body.
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

extension Item {
  /// The report, if the item is one.
  var status: StatusReport? { if case .status(let report) = fact { report } else { nil } }
  /// The wish, if the item is one.
  var preference: PreferenceReport? {
    if case .preference(let wish) = fact { wish } else { nil }
  }
  /// How the channel stands, if the item tells.
  var health: HealthReport? { if case .health(let report) = fact { report } else { nil } }
  /// The word of what is not known, if the item is such.
  var unrecognisedKind: String? {
    if case .unrecognised(let kind) = fact { kind } else { nil }
  }
}
