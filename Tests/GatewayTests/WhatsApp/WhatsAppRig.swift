import Testing

@testable import Gateway

/// A number at WhatsApp's Cloud API with everything behind it: webhooks in, intake, dispatcher.
/// Only the network is not there: `caller` answers in Meta's place.
final class WhatsAppRig {
  static let numberID = "118899001122334"
  static let accountID = "203344556677889"
  private static let secret = "0123456789abcdef0123456789abcdef"

  let test: TestIngest
  let channel: Channel
  let intake: Intake
  let caller: LineCaller
  private let author: Intake.Author
  private var dispatcher: Dispatcher?

  /// Accepts every send under the id `wamid.<number of the call>`, unless `answer` says otherwise.
  init(
    _ answer: @escaping @Sendable (Int, HTTPRequest) -> Result<HTTPResponse, TransportFailure>? = {
      number, _ in .success(WhatsAppRig.accepted("wamid.\(number)"))
    }
  ) throws {
    test = try TestIngest()
    channel = Channel(
      id: test.store.ids.next(), tenantID: test.acme.id, provider: WhatsAppCloud.name,
      name: "whatsapp", address: "+14155550123", publicURL: nil, verification: .enforce,
      state: .active,
      settings: [
        "phone_number_id": .string(Self.numberID), "business_account_id": .string(Self.accountID),
        "access_token": "EAAsynthetic", "app_secret": .string(Self.secret),
        "verify_token": "vt-synthetic-77",
      ], createdAt: test.store.clock.now(), updatedAt: test.store.clock.now())
    try test.store.database.write { [channel, vault = test.vault] in try $0.add(channel, vault) }
    try test.directory.reload()
    intake = Intake(
      database: test.store.database, directory: test.directory, clock: test.store.clock)
    let key = try test.store.database.write { [acme = test.acme] in
      try $0.addAPIKey(tenant: acme.id, name: "CRM", role: .backend, hash: [1])
    }
    author = Intake.Author(key)
    caller = LineCaller(answer)
  }

  deinit { dispatcher?.stop(withinMilliseconds: 2000) }

  /// Meta's answer to a send.
  static func accepted(_ id: String) -> HTTPResponse {
    let body: JSON = [
      "messaging_product": "whatsapp", "contacts": [], "messages": [["id": .string(id)]],
    ]
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: body.serialized())
  }

  /// Starts sending.
  func start() throws {
    let started = Dispatcher(
      Dispatcher.Parts(
        database: test.store.database, directory: test.directory, caller: caller, files: NoFiles(),
        clock: test.store.clock, random: SeededRandom(seed: 11), log: .none,
        metrics: test.metrics))
    test.store.database.onWake { wakes in
      started.wake(
        wakes.compactMap { wake in
          if case .channel(let id) = wake { id } else { nil }
        })
      started.lookAgain()
    }
    try started.start()
    dispatcher = started
  }

  /// Moves the clock and looks for what is due.
  func advance(milliseconds: Int64) {
    test.store.clock.advance(milliseconds: milliseconds)
    dispatcher?.wake([channel.id])
  }

  /// Posts changes of the field `messages`, signed.
  @discardableResult
  func post(_ values: [JSONObject], field: String = "messages") throws -> WebhookOutcome {
    let metadata: JSON = [
      "display_phone_number": "14155550123", "phone_number_id": .string(Self.numberID),
    ]
    let changes: [JSON] = values.map { value in
      var object: JSONObject = ["messaging_product": "whatsapp", "metadata": metadata]
      for member in value { object[member.key] = member.value }
      return ["field": .string(field), "value": .object(object)]
    }
    let body: JSON = [
      "object": "whatsapp_business_account",
      "entry": [["id": .string(Self.accountID), "changes": .array(changes)]],
    ]
    return try receive(body.serialized())
  }

  /// Posts bytes, signed.
  func receive(_ body: [UInt8]) throws -> WebhookOutcome {
    let signature = Crypto.hmac(.sha256, key: Array(Self.secret.utf8), body)
    return try test.receive(
      HTTPRequest(
        method: "POST", target: "/webhooks/\(channel.id)",
        headers: [
          "Content-Type": "application/json",
          "X-Hub-Signature-256": "sha256=\(Hex.encode(signature))",
        ], body: body), on: channel)
  }

  /// The member `timestamp` of now.
  var timestamp: JSON {
    .string("\(test.store.clock.now().millisecondsSinceEpoch / 1000)")
  }

  /// Lets somebody write; either id may be missing.
  @discardableResult
  func write(
    _ id: String, _ text: String = "Oi!", phone: String? = nil, userID: String? = nil,
    name: String = "Rafaela"
  ) throws -> WebhookOutcome {
    var contact: JSONObject = ["profile": ["name": .string(name)]]
    var message: JSONObject = [
      "id": .string(id), "timestamp": timestamp, "type": "text", "text": ["body": .string(text)],
    ]
    if let phone {
      contact["wa_id"] = .string(phone)
      message["from"] = .string(phone)
    }
    if let userID {
      contact["user_id"] = .string(userID)
      message["from_user_id"] = .string(userID)
    }
    return try post([["contacts": [.object(contact)], "messages": [.object(message)]]])
  }

  /// Reports a status of a message of ours; `ourID` as Meta gives it back.
  func report(
    _ status: String, of id: String, ourID: String? = nil, code: Int64? = nil
  ) throws {
    var object: JSONObject = [
      "id": .string(id), "status": .string(status), "timestamp": timestamp,
      "recipient_id": "5511987654321",
    ]
    if let ourID { object["biz_opaque_callback_data"] = .string(ourID) }
    if let code { object["errors"] = [["code": .integer(code), "title": "no"]] }
    let outcome = try post([["statuses": [.object(object)]]])
    #expect(outcome == .stored(.processed) || outcome == .stored(.duplicate))
  }

  /// Enqueues a message.
  func send(_ body: JSON) throws -> Intake.Outcome {
    let outcome = Monitor<Intake.Outcome?>(nil)
    let entry = Intake.Entry(
      try #require(body.object), key: nil, bytes: body.serialized(),
      now: test.store.clock.now())
    intake.accept(entry, from: author) { result in outcome.update { $0 = result } }
    return outcome.wait { $0 }
  }

  /// Enqueues a message that is to be taken.
  func accept(_ body: JSON) throws -> ID<Message> {
    let outcome = try send(body)
    guard case .accepted(let accepted) = outcome else {
      throw StoreError(.broken, "not accepted: \(outcome)")
    }
    return accepted.id
  }

  /// A message once `condition` holds, looked for after each commit.
  func message(
    _ id: ID<Message>, until condition: (Message) -> Bool = { _ in true }
  ) throws -> Message {
    let end = monotonicNanoseconds() + 20_000_000_000
    while monotonicNanoseconds() < end {
      let found = try test.store.database.read { [acme = test.acme] in
        try $0.message(id, tenant: acme.id)
      }
      if let found, condition(found) { return found }
      try test.store.database.probe()
    }
    throw StoreError(.broken, "nothing became of it within 20 s")
  }
}
