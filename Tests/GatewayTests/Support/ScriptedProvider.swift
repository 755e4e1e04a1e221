import Testing

@testable import Gateway

/// A provider that reads what a test wrote down, so that tests can say anything a provider may
/// tell.
///
/// A request's body names the script; the header `Reader` the provider that the post is for.
struct ScriptedProvider: Provider, SharedWebhook, TemplateKeeping {
  static let name = "scripted"
  static let title = "Scripted"
  static let settings: [SettingKey] = []
  static let bodyBytesMax = 1 << 20

  /// What requests tell, by their body.
  let scripts: Locked<[String: [Item]]>
  let accounts: [String]
  let templateAccount: String?

  init(_ scripts: Locked<[String: [Item]]>, accounts: [String], templateAccount: String?) {
    self.scripts = scripts
    self.accounts = accounts
    self.templateAccount = templateAccount
  }

  init(settings: ChannelSettings) throws(SettingsError) {
    throw SettingsError(field: "provider", "is made by tests only")
  }

  func transports(address: String?) -> [TransportKind] { [.whatsapp] }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    request.headers["forged"] == nil ? .verified(by: "the test") : .refused(reason: "forged")
  }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    let word = String(decoding: request.body, as: UTF8.self)
    guard let items = scripts.withLock({ $0[word] }) else { throw Unreadable("no such script") }
    return items
  }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(status: 200)
  }
  func remainingSteps(webhookURL: String) -> [String] { [] }
  func reader(of request: HTTPRequest) -> String? { request.headers["reader"] }
  func templateName(in template: JSONObject) -> (name: String, language: String)? { nil }
  func nextTemplates(after steps: [CompletedStep]) -> TemplateStep {
    .failed(reason: "a test", isFinal: true)
  }
}

/// A fresh database with channels that tell what a test wants to be told.
final class ScriptedIngest {
  let store: TestDatabase
  let tenant: Tenant
  let metrics = Metrics()
  let vault: Vault
  let directory: ChannelDirectory
  let ingest: Ingest
  private let scripts = Locked<[String: [Item]]>([:])
  private var count = 0

  init() throws {
    store = try TestDatabase()
    tenant = try store.database.write { try $0.addTenant(named: "acme") }
    vault = try #require(Vault(key: [UInt8](repeating: 3, count: 32)))
    directory = ChannelDirectory(
      database: store.database, vault: vault, defaultPublicURL: "https://gw.example.com",
      log: .none, metrics: metrics)
    ingest = Ingest(
      database: store.database, directory: directory, quarantine: Ingest.Quarantine(),
      clock: store.clock, ids: store.ids, log: .none, metrics: metrics)
  }

  /// A channel that is for those accounts.
  @discardableResult
  func channel(
    _ name: String, provider: String = "whatsapp_cloud", accounts: [String] = [],
    templateAccount: String? = nil, state: Channel.State = .active
  ) throws -> Channel {
    let channel = Channel(
      id: store.ids.next(), tenantID: tenant.id, provider: provider, name: name, address: nil,
      publicURL: nil, verification: .enforce, state: state, settings: [:],
      createdAt: store.clock.now(), updatedAt: store.clock.now())
    try store.database.write { [vault] in try $0.add(channel, vault) }
    let provider = ScriptedProvider(
      scripts, accounts: accounts, templateAccount: templateAccount)
    directory.enter(
      LiveChannel(
        channel, provider: provider, defaultPublicURL: "https://gw.example.com", metrics: metrics))
    return channel
  }

  /// Lets a channel's webhook be called with something that tells those items.
  @discardableResult
  func tell(
    _ items: [Item], on channel: Channel, reader: String? = nil, forged: Bool = false
  ) throws -> WebhookOutcome {
    count += 1
    let word = "script \(count)"
    scripts.withLock { $0[word] = items }
    var request = HTTPRequest(method: "POST", target: "/webhooks/x", body: Array(word.utf8))
    if let reader { request.headers.add("Reader", reader) }
    if forged { request.headers.add("Forged", "yes") }
    let live = try #require(directory[channel.id])
    let outcome = Monitor<WebhookOutcome?>(nil)
    ingest.receive(request, remoteAddress: "127.0.0.1", on: live) { result in
      outcome.update { $0 = result }
    }
    return outcome.wait { $0 }
  }

  /// Tells one fact.
  @discardableResult
  func tell(
    _ key: String, _ fact: Fact, on channel: Channel, account: String? = nil, at: Instant? = nil
  ) throws -> WebhookOutcome {
    try tell([Item(key: key, account: account, occurredAt: at, fact: fact)], on: channel)
  }

  /// The newest receipt, whole.
  func receipt() throws -> Receipt {
    let found = try store.database.read { [tenant] connection -> Receipt? in
      let newest = try connection.receipts(of: tenant.id, state: nil, before: nil, limit: 1).first
      return try newest.flatMap { try connection.receipt($0.id, tenant: tenant.id) }
    }
    return try #require(found)
  }

  /// What the newest receipt says of its items.
  func outcomes() throws -> [String] {
    let items = try JSON.parse(try receipt().items).array ?? []
    return items.compactMap { $0["outcome"]?.string }
  }

  /// What the newest receipt notes at its first item.
  func note() throws -> String? {
    try JSON.parse(try receipt().items).array?.first?["note"]?.string
  }

  /// Every event, or those of one type.
  func events(_ type: String? = nil) throws -> [Event] {
    try store.database.read { [tenant] in try $0.events(of: tenant.id, after: 0, limit: 10_000) }
      .filter { type == nil || $0.type == type }
  }

  /// What events of a type say.
  func told(_ type: String) throws -> [JSON] {
    try events(type).map { try JSON.parse($0.data) }
  }

  func chats() throws -> [Chat] {
    try store.database.read { [tenant] in
      try $0.chats(of: tenant.id, before: nil, limit: 1000)
    }
  }

  /// A chat's messages, the oldest first.
  func messages(of chat: ID<Chat>) throws -> [Message] {
    try store.database.read { [tenant] in
      try $0.messages(of: chat, tenant: tenant.id, before: .max, limit: 1000).reversed()
    }
  }

  /// Who has an address.
  func known(_ address: Address) throws -> KnownAddress? {
    try store.database.read { [tenant] in
      try $0.known(address, tenant: tenant.id, transport: "")
    }
  }
}

extension InboundMessage {
  /// A WhatsApp text of somebody.
  static func text(
    _ id: String, from addresses: [Address], _ text: String = "hello", name: String? = nil
  ) -> InboundMessage {
    InboundMessage(
      id: id, transport: .whatsapp, person: Person(addresses: addresses, displayName: name),
      sender: .other(OtherSender(network: "whatsapp", address: addresses.first?.value ?? "")),
      content: MessageContent(kind: .text, text: text))
  }

  /// The same as an echo that may be ours.
  static func echo(
    _ id: String, to addresses: [Address], _ text: String?, mayBeOurs: Bool = true
  ) -> InboundMessage {
    var message = InboundMessage.text(id, from: addresses)
    message.content.text = text
    message.direction = .outbound
    message.sender = .user(UserSender())
    message.mayBeOurs = mayBeOurs
    return message
  }
}

extension Address {
  /// A WhatsApp account by its business-scoped id, or by its number.
  static func whatsapp(_ value: String) -> Address { Address(type: .whatsapp, value: value) }
  /// A telephone number.
  static func phone(_ value: String) -> Address { Address(type: .phone, value: value) }
  /// Somebody at Messenger.
  static func messenger(_ value: String) -> Address { Address(type: .messenger, value: value) }
  /// What WhatsApp tells of somebody with a number, and with an id if it shows one.
  static func person(_ number: String, _ id: String? = nil) -> [Address] {
    (id.map { [.whatsapp($0)] } ?? []) + [.whatsapp(number), .phone(number)]
  }
}
