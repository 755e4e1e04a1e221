/// Finds the channel, the line and the address for a message.
///
/// The channel that was named; else the one the person last wrote on; else the tenant's oldest for
/// the line that was named; else the only one that can reach them. Used when a message is enqueued,
/// and again when it falls back to another line.
package struct Router {
  /// One way to reach somebody.
  package struct Way: Sendable {
    /// The channel, ready for use.
    package let live: LiveChannel
    /// The provider, as one that sends.
    package let sending: any Transport
    /// The line it goes on.
    package let transport: TransportKind
    /// To whom.
    package let recipient: Recipient
    /// The contact that holds the address; a group has none, nor has an address nobody had before.
    package let contact: Contact?
  }

  /// Whom it is for.
  package private(set) var addressee = Addressee()
  /// The addresses of somebody who is not known yet, the one they are to be written to at first.
  package private(set) var newcomer: [Address] = []
  private let connection: Connection
  private let directory: ChannelDirectory
  private let tenantID: ID<Tenant>
  /// The contact that was asked for: others of the client's serve only as a fallback.
  private var wanted: Contact?
  /// The field of the request that holds the one address it may go to.
  private var addressField: String?
  private var known: [Contact]?
  private var groups: [(channelID: ID<Channel>, key: String)]?

  /// A router for what a request names.
  ///
  /// - Throws: ``SendRefusal`` when there is nothing like that, ``StoreError``.
  package init(
    _ request: EnqueueRequest, tenant: ID<Tenant>, directory: ChannelDirectory,
    _ connection: Connection
  ) throws {
    self.connection = connection
    self.directory = directory
    tenantID = tenant
    switch request.target {
    case .chat(let id):
      guard let found = try connection.addressee(chat: id, tenant: tenant) else {
        throw SendRefusal("to.chat_id", "there is no such chat")
      }
      addressee = found
    case .client(let id):
      guard let found = try connection.addressee(client: id, tenant: tenant) else {
        throw SendRefusal("to.client_id", "there is no such client")
      }
      addressee = found
    case .contact(let id):
      guard let client = try connection.client(of: id, tenant: tenant),
        let found = try connection.addressee(client: client, tenant: tenant)
      else { throw SendRefusal("to.contact_id", "there is no such contact") }
      addressee = found
      wanted = try contacts().first { $0.id == id }
      addressField = "to.contact_id"
    case .address(let text):
      addressField = "to.address"
      try find(text, on: try line(of: text, request))
    }
  }

  /// A router for another way to a message's chat, after one of its deliveries failed.
  ///
  /// - Throws: ``StoreError``; also when the chat is gone.
  package init(
    chat: ID<Chat>, contact: ID<Contact>?, tenant: ID<Tenant>, directory: ChannelDirectory,
    _ connection: Connection
  ) throws(StoreError) {
    self.connection = connection
    self.directory = directory
    tenantID = tenant
    guard let found = try connection.addressee(chat: chat, tenant: tenant) else {
      throw StoreError(.broken, "the chat of a message is gone")
    }
    addressee = found
    if let contact { wanted = try contacts().first { $0.id == contact } }
  }

  /// The way a request asks for first.
  ///
  /// - Throws: ``SendRefusal`` when there is none, ``StoreError``.
  package mutating func first(for request: EnqueueRequest) throws -> Way {
    if let id = request.channelID {
      return try way(through: id, on: request.transport, field: "channel_id", strictly: true)
    }
    return try choose(request.transport, field: "to.transport", strictly: true)
  }

  /// The way that an entry of `fallback` stands for: `chn_…`, or a kind of line.
  ///
  /// - Throws: ``SendRefusal`` when there is none, ``StoreError``.
  package mutating func way(to line: EnqueueRequest.Line, field: String) throws -> Way {
    switch line {
    case .channel(let id): try way(through: id, on: nil, field: field, strictly: false)
    case .transport(let kind): try choose(kind, field: field, strictly: false)
    }
  }

  /// Checks an entry of `fallback` as far as that needs no look at whom it is for.
  package func check(_ line: EnqueueRequest.Line, field: String) throws(SendRefusal) {
    switch line {
    case .channel(let id):
      guard let live = own(id) else { throw Self.noChannel(field) }
      if live.lines.isEmpty { throw Self.cannotSend(live, field) }
    case .transport(let kind):
      guard directory.channels(of: tenantID).contains(where: { $0.lines.contains(kind) }) else {
        throw SendRefusal(field, "this tenant has no channel that sends on \(kind.rawValue)")
      }
    }
  }

  /// When the other side last wrote on a channel's line: service windows count from there.
  package func lastInboundAt(_ way: Way) throws(StoreError) -> Instant? {
    if way.live.lines.count == 1, way.live.channel.id == addressee.lastInboundChannelID {
      return addressee.lastInboundAt
    }
    return try connection.lastInbound(
      of: addressee, channel: way.live.channel.id, transport: way.transport)?.at
  }

  /// Refuses a way on which the person asked for silence, be it about advertisements alone.
  ///
  /// - Throws: ``SendRefusal``, ``StoreError``.
  package mutating func checkConsent(_ way: Way, for purpose: MessagePurpose) throws {
    guard let contact = way.contact else { return }
    let line = way.transport.rawValue
    let asked = [contact] + (try aliases(of: contact))
    if asked.contains(where: { $0.optedOut.contains(line) }) {
      throw SendRefusal(
        "to", "they asked for silence on \(line), and only they can take that back",
        code: .optedOut)
    }
    if purpose == .marketing, asked.contains(where: { $0.optedOutMarketing.contains(line) }) {
      throw SendRefusal(
        "to", "they asked for no advertisements on \(line), and only they can take that back",
        code: .optedOut)
    }
  }
}

// Whom it is for.
extension Router {
  /// The line that tells what kind of address a text is.
  private func line(
    of text: String, _ request: EnqueueRequest
  ) throws(SendRefusal) -> TransportKind {
    if let transport = request.transport { return transport }
    guard let id = request.channelID, let live = own(id) else { throw Self.noChannel("channel_id") }
    let fitting = live.lines.first { line in
      (try? Address.addresses(text, on: line, field: "")) != nil
    }
    guard let line = fitting ?? live.lines.first else { throw Self.cannotSend(live, "channel_id") }
    return line
  }

  private mutating func find(_ text: String, on line: TransportKind) throws {
    let addresses: [Address]
    do throws(ContentError) {
      addresses = try Address.addresses(text, on: line, field: "to.address")
    } catch {
      throw SendRefusal(error)
    }
    for (index, address) in addresses.enumerated() {
      guard let (found, contact) = try connection.addressee(address, tenant: tenantID) else {
        continue
      }
      addressee = found
      // Another address of theirs was known, not this one: it will be one of theirs.
      if index == 0 { wanted = contact } else { newcomer = addresses }
      return
    }
    newcomer = addresses
  }

  /// The client's contacts, the one seen last first.
  private mutating func contacts() throws(StoreError) -> [Contact] {
    if let known { return known }
    var found: [Contact] = []
    if let client = addressee.clientID {
      found = try connection.contacts(of: client, tenant: tenantID)
        .sorted { ($1.lastSeenAt, $1.id) < ($0.lastSeenAt, $0.id) }
    }
    known = found
    return found
  }

  /// A client may hold one number as several kinds of address. The best for the line is taken:
  /// wishes for silence stand there, and one person has one lane.
  private mutating func same(
    as wanted: Contact, _ types: [ContactType]
  ) throws(StoreError) -> Contact {
    guard wanted.address.type != types.first else { return wanted }
    let twins = try contacts().filter { $0.address.value == wanted.address.value }
    for type in types {
      if let twin = twins.first(where: { $0.address.type == type }) { return twin }
    }
    return wanted
  }

  /// WhatsApp knows a person by a number and by an id: their wishes may stand at either.
  private mutating func aliases(of contact: Contact) throws(StoreError) -> [Contact] {
    guard contact.address.type == .whatsapp else { return [] }
    return try contacts().filter {
      $0.address.type == contact.address.type && $0.isID != contact.isID
    }
  }

  /// The address for a line that takes these kinds, the best first.
  private mutating func address(
    _ types: [ContactType], strictly: Bool
  ) throws(StoreError) -> (Address, Contact?)? {
    if let wanted, types.contains(wanted.address.type) {
      let contact = try same(as: wanted, types)
      return (contact.address, contact)
    }
    if let first = newcomer.first, types.contains(first.type) { return (first, nil) }
    if strictly, wanted != nil || !newcomer.isEmpty { return nil }
    let contacts = try contacts()
    for type in types {
      let fitting = contacts.filter { $0.address.type == type }
      // Whoever has a number and an id is written to by the number: one person has one lane.
      if let contact = fitting.first(where: { !$0.isID }) ?? fitting.first {
        return (contact.address, contact)
      }
      if let address = newcomer.first(where: { $0.type == type }) { return (address, nil) }
    }
    return nil
  }
}

// Through what.
extension Router {
  private func own(_ id: ID<Channel>) -> LiveChannel? {
    directory[id].flatMap { $0.channel.tenantID == tenantID ? $0 : nil }
  }

  private mutating func way(
    through id: ID<Channel>, on transport: TransportKind?, field: String, strictly: Bool
  ) throws -> Way {
    guard let live = own(id) else { throw Self.noChannel(field) }
    guard live.channel.state != .disabled else {
      throw SendRefusal(field, "the channel \"\(live.channel.name)\" is switched off")
    }
    return try way(live, on: transport, field: field, strictly: strictly)
  }

  private mutating func choose(
    _ transport: TransportKind?, field: String, strictly: Bool
  ) throws -> Way {
    if let id = addressee.lastInboundChannelID, let live = own(id),
      let way = try usable(live, on: transport, strictly: strictly)
    {
      return way
    }
    let channels = directory.channels(of: tenantID).filter { live in
      live.channel.state != .disabled && (transport.map(live.lines.contains) ?? !live.lines.isEmpty)
    }
    // A paused one is better than none: what it is given waits.
    let ordered =
      channels.filter { $0.channel.state == .active }
      + channels.filter { $0.channel.state != .active }
    guard let transport else { return try only(of: ordered, strictly: strictly) }
    guard let first = ordered.first else {
      throw SendRefusal(field, "this tenant has no channel that sends on \(transport.rawValue)")
    }
    for live in ordered {
      if let way = try usable(live, on: transport, strictly: strictly) { return way }
    }
    return try way(first, on: transport, field: field, strictly: strictly)
  }

  private mutating func only(of channels: [LiveChannel], strictly: Bool) throws -> Way {
    var ways: [Way] = []
    for live in channels {
      guard let way = try usable(live, on: nil, strictly: strictly) else { continue }
      ways.append(way)
    }
    let active = ways.filter { $0.live.channel.state == .active }
    let left = active.isEmpty ? ways : active
    guard let way = left.first else {
      throw SendRefusal(
        "to", "no channel of this tenant has a line to them", code: .noAddress, ofLine: true)
    }
    guard left.count == 1 else {
      let names = left.map { "\"\($0.live.channel.name)\"" }.joined(separator: ", ")
      throw SendRefusal(
        "channel_id", "several channels could send it (\(names)): name one, or to.transport")
    }
    return way
  }

  /// The way through a channel where there is one.
  private mutating func usable(
    _ live: LiveChannel, on transport: TransportKind?, strictly: Bool
  ) throws -> Way? {
    guard live.channel.state != .disabled else { return nil }
    do {
      return try way(live, on: transport, field: "channel_id", strictly: strictly)
    } catch is SendRefusal {
      return nil
    }
  }

  private mutating func way(
    _ live: LiveChannel, on transport: TransportKind?, field: String, strictly: Bool
  ) throws -> Way {
    guard let sending = live.sending, !live.lines.isEmpty else {
      throw Self.cannotSend(live, field)
    }
    let lines = live.lines.filter { transport == nil || $0 == transport }
    if lines.isEmpty {
      let spoken = live.lines.map(\.rawValue).joined(separator: ", ")
      throw SendRefusal(
        "to.transport", "the channel \"\(live.channel.name)\" sends on \(spoken) only")
    }
    if addressee.kind == .group { return try groupWay(live, sending, lines, field) }
    var ways: [Way] = []
    for line in lines {
      let types = type(of: sending).contactTypes(on: line)
      guard let (address, contact) = try address(types, strictly: strictly) else { continue }
      ways.append(
        Way(
          live: live, sending: sending, transport: line, recipient: .person(address),
          contact: contact))
    }
    guard let first = ways.first else { throw noAddress(live, lines) }
    guard ways.count > 1,
      let last = try connection.lastInbound(
        of: addressee, channel: live.channel.id, transport: nil)
    else { return first }
    return ways.first { $0.transport == last.transport } ?? first
  }

  private mutating func groupWay(
    _ live: LiveChannel, _ sending: any Transport, _ lines: [TransportKind], _ field: String
  ) throws -> Way {
    if groups == nil { groups = try addressee.chatID.map(connection.conversations) ?? [] }
    guard let key = groups?.first(where: { $0.channelID == live.channel.id })?.key,
      let line = lines.first
    else {
      throw SendRefusal(
        field, "the group is not on the channel \"\(live.channel.name)\"", code: .noAddress,
        ofLine: true)
    }
    return Way(
      live: live, sending: sending, transport: line, recipient: .group(key), contact: nil)
  }

  private func noAddress(_ live: LiveChannel, _ lines: [TransportKind]) -> SendRefusal {
    let spoken = lines.map(\.rawValue).joined(separator: ", ")
    let name = live.channel.name
    return SendRefusal(
      addressField ?? "to",
      addressField == nil
        ? "they have no address for \(spoken), which the channel \"\(name)\" sends on"
        : "is no address for \(spoken), which the channel \"\(name)\" sends on",
      code: .noAddress, ofLine: true)
  }

  private static func noChannel(_ field: String) -> SendRefusal {
    SendRefusal(field, "there is no such channel")
  }

  private static func cannotSend(_ live: LiveChannel, _ field: String) -> SendRefusal {
    SendRefusal(
      field, "the channel \"\(live.channel.name)\" (\(live.channel.provider)) cannot send")
  }
}

extension Contact {
  /// Whether it is an id of the provider's and no number that others know the person by.
  fileprivate var isID: Bool { !address.value.hasPrefix("+") }
}
