import Gateway

/// The messages of WhatsApp's numbers, and the templates of their business accounts.
final class GraphWhatsApp: Sendable {
  /// The templates there are.
  let templates: Locked<[ProviderTemplate]>

  private let script: ProviderScript
  private let media: GraphMedia
  private let windows: GraphWindows
  private let herald: GraphHerald

  /// Meta's page of a list, where nothing else is asked for.
  private static let pageSize = 25

  /// The numbers of an API.
  init(_ script: ProviderScript, media: GraphMedia, windows: GraphWindows, herald: GraphHerald) {
    self.script = script
    self.media = media
    self.windows = windows
    self.herald = herald
    templates = Locked(script.meta.templates)
  }

  /// Understands a wish to send, or to show somebody that their message was read.
  func send(
    _ call: GraphCall, _ account: MetaAccount, _ now: Instant
  ) throws(GraphError) -> ProviderCall {
    let provider = account.product.rawValue
    if call.text("status") == "read" {
      guard call.text("message_id").hasPrefix("wamid.") else {
        throw GraphError(131009, nil, "message_id is not the id of a message.")
      }
      let isTyping = call.json("typing_indicator")?["type"] == "text"
      return .answered(
        provider, isTyping ? "messages.typing" : "messages.read", sender: account.id,
        GraphAPI.json(["success": true]))
    }
    let wish = try CloudWish(call)
    var result = ProviderCall(
      provider: provider, operation: "messages.send", sender: account.id,
      recipient: wish.recipient, text: wish.text, ourID: wish.ourID
    ) { [self] ordinal in
      do throws(GraphError) {
        try wish.check(script.meta, templates: templates.withLock { $0 }) {
          media.holds($0, for: account)
        }
        return accept(wish, account, ordinal, now)
      } catch {
        return ProviderCall.Result(
          response: error.response(account.product), refusal: error.code)
      }
    }
    result.senderRate = script.limits?.cloudNumber
    result.recipientRate = script.limits?.cloudPair
    result.tellsWait = false
    return result
  }

  private func accept(
    _ wish: CloudWish, _ account: MetaAccount, _ ordinal: Int, _ now: Instant
  ) -> ProviderCall.Result {
    let dice = Self.dice(script.seed, account.id, wish.recipient, ordinal)
    let id = MetaID.message(.whatsApp, dice, account: account.id, person: wish.recipient)
    let isOpen = windows.isOpen(wish.recipient, account.id)
    let reached = script.meta.waIDs[wish.recipient] ?? wish.recipient
    herald.follow(
      GraphHerald.Sent(
        id: id, account: account, recipient: reached, ourID: wish.ourID,
        failure: wish.laterError(script.meta, isOpen: isOpen), at: now), dice)
    var contact: JSONObject = ["input": .string(wish.input)]
    if reached.hasPrefix("+") {
      contact["wa_id"] = .string(String(reached.dropFirst()))
      contact["user_id"] = .string(MetaID.userID(phone: reached))
    } else {
      contact["user_id"] = .string(reached)
    }
    var message: JSONObject = ["id": .string(id)]
    if wish.type == "template" { message["message_status"] = "accepted" }
    return ProviderCall.Result(
      response: GraphAPI.json([
        "messaging_product": "whatsapp", "contacts": [.object(contact)],
        "messages": [.object(message)],
      ]), acceptedID: id)
  }

  /// The dice of message number `ordinal` to somebody; its id is what they give first.
  static func dice(
    _ seed: UInt64, _ account: String, _ recipient: String, _ ordinal: Int
  ) -> SeededRandom {
    ProviderDice.roll(seed, "wamid", "\(account)>\(recipient)", ordinal)
  }

  /// A page of templates.
  func list(_ call: GraphCall) throws(GraphError) -> HTTPResponse {
    guard call.method == "GET" else { throw .missing(call.id) }
    let size = max(1, Int(call.text("limit")) ?? Self.pageSize)
    let name = call.optionalText("name")
    let all = templates.withLock { $0 }.filter { $0.name == name ?? $0.name }
    guard let start = call.optionalText("after").map({ Int($0) }) ?? 0, start >= 0 else {
      throw .parameter("Invalid cursors values")
    }
    let page = all.dropFirst(start).prefix(size)
    let end = start + page.count
    var paging: JSONObject = [
      "cursors": ["before": .string(String(start)), "after": .string(String(end))]
    ]
    if end < all.count {
      paging["next"] = .string(
        "http://\(call.host)/v25.0/\(call.id)/message_templates?limit=\(size)&after=\(end)")
    }
    return GraphAPI.json([
      "data": .array(page.enumerated().map { Self.json($1, number: start + $0) }),
      "paging": .object(paging),
    ])
  }

  private static func json(_ template: ProviderTemplate, number: Int) -> JSON {
    var object: JSONObject = [
      "name": .string(template.name), "language": .string(template.language),
      "status": .string(template.status),
      "category": .string(template.category ?? "UTILITY"), "components": template.components,
      "id": .string(template.providerID ?? "\(594_425_479_261_596 + number)"),
    ]
    if let reason = template.reason { object["rejected_reason"] = .string(reason) }
    return .object(object)
  }
}
