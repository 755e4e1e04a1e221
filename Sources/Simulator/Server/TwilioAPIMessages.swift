import Gateway

/// The messages of Twilio's accounts: created, looked up, listed, and followed by their statuses.
final class TwilioAPIMessages: Sendable {
  /// One message resource.
  struct Resource: Sendable {
    /// `SM…` or `MM…`.
    let sid: String
    /// What was asked for.
    let wish: TwilioWish
    /// The account.
    let accountSID: String
    /// When it was created.
    let createdAt: Instant
    /// Where it stands.
    var status: String
    /// Why it was not delivered.
    var errorCode: Int?
    /// When the status was set.
    var updatedAt: Instant
  }

  private struct Table {
    var resources: [String: Resource] = [:]
    /// The SIDs in the order of creation.
    var order = Deque<String>()
  }

  /// So many messages can be looked up; older ones are forgotten, so that a long measurement does
  /// not fill the memory.
  private static let rememberedMax = 200_000
  /// Twilio's largest page.
  private static let pageSizeMax = 1000

  private let script: ProviderScript
  private let player: StatusPlayer
  private let clock: any Clock
  private let table = Locked(Table())

  /// No messages.
  init(_ script: ProviderScript, player: StatusPlayer, clock: any Clock) {
    self.script = script
    self.player = player
    self.clock = clock
  }

  // MARK: Creating

  /// Understands a wish to send, and refuses what Twilio refuses.
  func create(
    _ request: HTTPRequest, _ account: TwilioAccount, now: Instant
  ) throws(TwilioError) -> ProviderCall {
    guard let form = try? Form(request.body) else {
      throw TwilioError(20001, "The body is no form")
    }
    let wish = TwilioWish(form)
    let isWhatsApp = wish.to.hasPrefix("whatsapp:")
    var call = ProviderCall(
      provider: "twilio", operation: "messages.create",
      sender: wish.from.isEmpty ? wish.serviceSID : wish.from, recipient: wish.to,
      text: wish.text, ourID: wish.ourID
    ) { [self] ordinal in
      do throws(TwilioError) {
        try wish.check(script.twilio)
        return accept(wish, account, ordinal, now)
      } catch {
        return ProviderCall.Result(response: error.response, refusal: error.code)
      }
    }
    call.weight = isWhatsApp ? 1 : Double(wish.segments)
    call.senderRate =
      isWhatsApp ? script.limits?.twilioWhatsAppSender : script.limits?.twilioSender
    return call
  }

  private func accept(
    _ wish: TwilioWish, _ account: TwilioAccount, _ ordinal: Int, _ now: Instant
  ) -> ProviderCall.Result {
    let dice = ProviderDice.roll(script.seed, "sid", "\(wish.sender)>\(wish.to)", ordinal)
    let sid = Self.sid(dice, hasMedia: !wish.media.isEmpty)
    let resource = Resource(
      sid: sid, wish: wish, accountSID: account.sid, createdAt: now,
      status: wish.from.isEmpty ? "accepted" : "queued", updatedAt: now)
    table.withLock { table in
      table.resources[sid] = resource
      table.order.append(sid)
      if table.order.count > Self.rememberedMax, let oldest = table.order.popFirst() {
        table.resources[oldest] = nil
      }
    }
    follow(resource, account, dice)
    return ProviderCall.Result(
      response: TwilioAPI.json(Self.json(resource), status: 201), acceptedID: sid)
  }

  /// The SID that the dice of a message give.
  static func sid(_ dice: SeededRandom, hasMedia: Bool) -> String {
    (hasMedia ? "MM" : "SM") + TwilioSigner.hexadecimal(dice.bytes(16))
  }

  /// Begins what comes after the acceptance. It does not wait for the answer: as with Twilio, a
  /// callback may be there first.
  private func follow(_ resource: Resource, _ account: TwilioAccount, _ dice: SeededRandom) {
    let wish = resource.wish
    let steps = StatusPlan.steps(
      script.statuses, isWhatsApp: wish.to.hasPrefix("whatsapp:"),
      failure: wish.laterError(script.twilio), dice)
    player.play(
      steps.map { step in
        StatusPlayer.Step(delayMilliseconds: step.delayMilliseconds) { [self] in
          let now = clock.now()
          advance(resource.sid, to: step, now)
          guard step.isTold, !wish.statusCallback.isEmpty else { return nil }
          return Self.callback(resource, step, account, dice, now)
        }
      })
  }

  private func advance(_ sid: String, to step: StatusStep, _ now: Instant) {
    table.withLock { table in
      guard let present = table.resources[sid]?.status,
        StatusPlan.rank(step.status) > StatusPlan.rank(present)
      else { return }
      table.resources[sid]?.status = step.status
      table.resources[sid]?.errorCode = step.errorCode
      table.resources[sid]?.updatedAt = now
    }
  }

  /// The callback, signed for the address as the client gave it.
  private static func callback(
    _ resource: Resource, _ step: StatusStep, _ account: TwilioAccount, _ dice: SeededRandom,
    _ now: Instant
  ) -> HTTPRequest {
    let known = resource.wish.statusCallback
    var real = known
    if let route = account.callbackRoute, known.hasPrefix(route.known) {
      real = route.real + known.dropFirst(route.known.count)
    }
    let simulator = TwilioSimulator(
      accountSID: account.sid, authToken: account.authToken, webhookURL: real, signedURL: known,
      random: dice, now: now)
    let wish = resource.wish
    return simulator.status(
      messageSID: resource.sid, status: step.status, errorCode: step.errorCode,
      errorMessage: step.errorCode.map { "Error \($0)" }, from: wish.shownFrom, to: wish.to)
  }

  // MARK: Looking up

  /// One message.
  func fetch(
    _ sid: String, _ account: TwilioAccount, path: Substring
  ) throws(TwilioError) -> HTTPResponse {
    guard let resource = table.withLock({ $0.resources[sid] }),
      resource.accountSID == account.sid
    else { throw .notFound(path) }
    return TwilioAPI.json(Self.json(resource))
  }

  /// A page of messages, the newest first.
  func list(_ request: HTTPRequest, _ account: TwilioAccount) throws(TwilioError) -> HTTPResponse {
    guard let query = try? Form(Array(request.query.utf8)) else {
      throw TwilioError(20001, "The query is malformed")
    }
    let size = min(max(query["PageSize"].flatMap { Int($0) } ?? 50, 1), Self.pageSizeMax)
    let page = max(query["Page"].flatMap { Int($0) } ?? 0, 0)
    let filter = try Filter(query, accountSID: account.sid)
    let found = table.withLock { $0.resources.values.filter(filter.accepts) }
      .sorted { ($0.createdAt, $0.sid) > ($1.createdAt, $1.sid) }
    let shown = found.dropFirst(min(page, found.count) * size).prefix(size)
    let path = "/2010-04-01/Accounts/\(account.sid)/Messages.json"
    func address(_ page: Int) -> String {
      let kept = request.query.split(separator: "&").filter { !$0.hasPrefix("Page=") }
      return "\(path)?\((kept + ["Page=\(page)"]).joined(separator: "&"))"
    }
    let hasMore = found.count > (page + 1) * size
    return TwilioAPI.json([
      "first_page_uri": .string(address(0)), "end": .integer(Int64(page * size + shown.count - 1)),
      "previous_page_uri": page > 0 ? .string(address(page - 1)) : .null,
      "messages": .array(shown.map(Self.json)), "uri": .string(address(page)),
      "page_size": .integer(Int64(size)), "start": .integer(Int64(page * size)),
      "next_page_uri": hasMore ? .string(address(page + 1)) : .null, "page": .integer(Int64(page)),
    ])
  }

  /// Which messages a list is of.
  private struct Filter {
    let accountSID: String
    let to: String?
    let from: String?
    let earliest: Instant?
    let latest: Instant?

    /// `DateSent>=…` stands in a query as the name `DateSent>` with a value.
    init(_ query: Form, accountSID: String) throws(TwilioError) {
      self.accountSID = accountSID
      to = query.nonEmpty("To")
      from = query.nonEmpty("From")
      let day = try Self.time(query.nonEmpty("DateSent"))
      earliest = try Self.time(query.nonEmpty("DateSent>")) ?? day
      latest =
        try Self.time(query.nonEmpty("DateSent<")) ?? day?.adding(milliseconds: 86_399_999)
    }

    func accepts(_ resource: Resource) -> Bool {
      resource.accountSID == accountSID && (to ?? resource.wish.to) == resource.wish.to
        && (from ?? resource.wish.shownFrom) == resource.wish.shownFrom
        && (earliest ?? resource.createdAt) <= resource.createdAt
        && (latest ?? resource.createdAt) >= resource.createdAt
    }

    /// A day or a time.
    private static func time(_ text: String?) throws(TwilioError) -> Instant? {
      guard let text else { return nil }
      if let time = Instant(iso8601: text) ?? Instant(iso8601: "\(text)T00:00:00Z") {
        return time
      }
      throw TwilioError(20001, "DateSent is no date")
    }
  }

  private static func json(_ resource: Resource) -> JSON {
    let wish = resource.wish
    let uri = "/2010-04-01/Accounts/\(resource.accountSID)/Messages/\(resource.sid)"
    let isSent = StatusPlan.rank(resource.status) >= StatusPlan.rank("sent")
    return [
      "body": .string(wish.body), "num_segments": .string(String(wish.segments)),
      "direction": "outbound-api",
      "from": wish.from.isEmpty && !isSent ? .null : .string(wish.shownFrom),
      "date_updated": .string(TwilioTime.mail(resource.updatedAt)), "price": .null,
      "error_message": JSON(resource.errorCode.map { "Error \($0)" }),
      "uri": .string("\(uri).json"),
      "account_sid": .string(resource.accountSID), "num_media": .string(String(wish.media.count)),
      "to": .string(wish.to), "date_created": .string(TwilioTime.mail(resource.createdAt)),
      "status": .string(resource.status), "sid": .string(resource.sid),
      "date_sent": isSent ? .string(TwilioTime.mail(resource.updatedAt)) : .null,
      "messaging_service_sid": JSON(wish.serviceSID.isEmpty ? nil : wish.serviceSID),
      "error_code": JSON(resource.errorCode), "price_unit": "USD", "api_version": "2010-04-01",
      "subresource_uris": ["media": .string("\(uri)/Media.json")],
    ]
  }
}
