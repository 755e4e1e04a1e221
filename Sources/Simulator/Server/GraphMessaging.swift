import Gateway

/// The messages of Instagram accounts and pages.
///
/// <https://developers.facebook.com/docs/messenger-platform/reference/send-api>, read 2026-11-21.
final class GraphMessaging: Sendable {
  private let script: ProviderScript
  private let media: GraphMedia
  private let windows: GraphWindows
  private let herald: GraphHerald

  /// Without a message: what is shown to the person.
  private static let actions = ["typing_on", "typing_off", "mark_seen", "react", "unreact"]

  /// The accounts and pages of an API.
  init(_ script: ProviderScript, media: GraphMedia, windows: GraphWindows, herald: GraphHerald) {
    self.script = script
    self.media = media
    self.windows = windows
    self.herald = herald
  }

  /// Understands a wish to send, or to show that somebody types.
  func send(
    _ call: GraphCall, _ account: MetaAccount, _ now: Instant
  ) throws(GraphError) -> ProviderCall {
    let provider = account.product.rawValue
    let recipient = call.json("recipient")
    guard
      let person = recipient?["id"]?.string
        ?? recipient?["comment_id"]?.string.map({ "comment:\($0)" })
    else { throw GraphError(100, nil, "The parameter recipient is required") }
    if let action = call.optionalText("sender_action") {
      guard Self.actions.contains(action) else { throw .parameter("sender_action is unknown") }
      if action.hasSuffix("react"), call.json("payload")?["message_id"]?.string == nil {
        throw .parameter("payload.message_id is required")
      }
      return .answered(
        provider, action, sender: account.id, GraphAPI.json(["recipient_id": .string(person)]))
    }
    guard let message = call.json("message"), message.object != nil else {
      throw .parameter("The parameter message is required")
    }
    let wish = MessagingWish(
      product: account.product, message: message, type: call.text("messaging_type"),
      tag: call.optionalText("tag"))
    var result = ProviderCall(
      provider: provider, operation: "messages.send", sender: account.id, recipient: person,
      text: wish.text
    ) { [self] ordinal in
      do throws(GraphError) {
        try check(wish, person, account)
        return accept(wish, person, account, ordinal, now)
      } catch {
        return ProviderCall.Result(
          response: error.response(account.product), refusal: error.code)
      }
    }
    result.senderRate = script.limits?.metaAccount
    result.tellsWait = false
    return result
  }

  private func check(
    _ wish: MessagingWish, _ person: String, _ account: MetaAccount
  ) throws(GraphError) {
    if let code = GraphMagic.code(in: person, behind: GraphMagic.errorPrefix) {
      throw GraphError(code, [551: 1_545_041, 10: 2_534_022][code])
    }
    if let fault = script.meta.errors[person] { throw GraphError(fault.code, fault.subcode) }
    let isID =
      (5...32).contains(person.utf8.count)
      && person.utf8.allSatisfy { (48...57).contains($0) }
    guard isID || person.hasPrefix("comment:") else {
      throw GraphError(100, account.product == .instagram ? 2_534_014 : 2_018_001)
    }
    try wish.check { media.holds($0, for: account) }
    guard windows.isOpen(person, account.id, byAgent: wish.isByAgent) else {
      throw GraphError(10, 2_534_022, "This message is sent outside of allowed window.")
    }
  }

  private func accept(
    _ wish: MessagingWish, _ person: String, _ account: MetaAccount, _ ordinal: Int,
    _ now: Instant
  ) -> ProviderCall.Result {
    let dice = Self.dice(script.seed, account.id, person, ordinal)
    let id = MetaID.message(account.product, dice, account: account.id, person: person)
    herald.follow(
      GraphHerald.Sent(
        id: id, account: account, recipient: person, echo: wish.echo(dice), at: now), dice)
    return ProviderCall.Result(
      response: GraphAPI.json(["recipient_id": .string(person), "message_id": .string(id)]),
      acceptedID: id)
  }

  /// The dice of message number `ordinal` to somebody; its id is what they give first.
  static func dice(
    _ seed: UInt64, _ account: String, _ person: String, _ ordinal: Int
  ) -> SeededRandom {
    ProviderDice.roll(seed, "mid", "\(account)>\(person)", ordinal)
  }
}

/// A message to be sent on Instagram or Messenger, and what Meta finds wrong with it.
struct MessagingWish: Sendable {
  /// Which of the two.
  let product: MetaAccount.Product
  /// The member `message`.
  let message: JSON
  /// `RESPONSE`, `UPDATE`, or `MESSAGE_TAG`.
  let type: String
  /// What allows to write after the window.
  let tag: String?

  private static let instagramBytesMax = 1000
  private static let messengerCharactersMax = 2000
  private static let quickRepliesMax = 13
  private static let titleMax = 20
  private static let payloadMax = 1000
  private static let buttonsMax = 3
  private static let elementsMax = 10
  private static let buttonTextMax = 640

  /// Whether a person writes it, who has a week.
  var isByAgent: Bool { type == "MESSAGE_TAG" && tag == "HUMAN_AGENT" }

  /// All files of the message.
  private var attachments: [JSON] {
    (message["attachment"].map { [$0] } ?? []) + (message["attachments"]?.array ?? [])
  }

  /// What a person is shown, as one line.
  var text: String {
    var pieces = [message["text"]?.string]
    for attachment in attachments {
      let payload = attachment["payload"]
      pieces += [
        payload?["url"]?.string, payload?["attachment_id"]?.string, payload?["text"]?.string,
      ]
      for element in payload?["elements"]?.array ?? [] {
        pieces += [element["title"]?.string, element["subtitle"]?.string]
      }
    }
    return pieces.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Finds what Meta refuses; `holdsFile` knows the files that were uploaded.
  func check(holdsFile: (String) -> Bool) throws(GraphError) {
    if tag != nil, !isByAgent {
      throw .parameter("Message tags other than HUMAN_AGENT are no longer supported")
    }
    if let text = message["text"]?.string {
      guard !text.isEmpty else { throw .parameter("Message cannot be empty") }
      let isShort =
        product == .instagram
        ? text.utf8.count <= Self.instagramBytesMax
        : text.utf16.count <= Self.messengerCharactersMax
      guard isShort else {
        throw GraphError(
          100, product == .instagram ? 2_534_015 : nil, "Length of param message[text] is too long")
      }
      guard attachments.isEmpty else { throw .parameter("Cannot send text with attachments") }
    } else if attachments.isEmpty {
      throw .parameter("Message cannot be empty, must provide valid attachment or text")
    }
    try checkQuickReplies()
    for attachment in attachments { try check(attachment, holdsFile) }
  }

  private func checkQuickReplies() throws(GraphError) {
    guard let replies = message["quick_replies"]?.array else { return }
    guard (1...Self.quickRepliesMax).contains(replies.count) else {
      throw .parameter("There may be 1 to 13 quick replies")
    }
    guard product == .messenger || message["text"]?.string != nil else {
      throw .parameter("Quick replies need a text")
    }
    for reply in replies where reply["content_type"] == "text" {
      try Self.check(reply["title"], "title", most: Self.titleMax)
      try Self.check(reply["payload"], "payload", most: Self.payloadMax)
    }
  }

  private func check(_ attachment: JSON, _ holdsFile: (String) -> Bool) throws(GraphError) {
    let payload = attachment["payload"]
    switch attachment["type"]?.string {
    case "like_heart", "MEDIA_SHARE": break
    case "image", "video", "audio", "file":
      if let id = payload?["attachment_id"]?.string {
        guard holdsFile(id) else { throw GraphError(100, 2_018_074) }
      } else {
        guard let url = payload?["url"]?.string, GraphLink.isFetchable(url) else {
          throw GraphError(100, 2_018_008, "Failed to fetch the file from the url")
        }
      }
    case "template": try checkTemplate(payload)
    default: throw .parameter("attachment[type] is not one of those there are")
    }
  }

  private func checkTemplate(_ payload: JSON?) throws(GraphError) {
    switch payload?["template_type"]?.string {
    case "button":
      try Self.check(payload?["text"], "text", most: Self.buttonTextMax)
      try Self.check(buttons: payload?["buttons"]?.array ?? [])
    case "generic":
      let elements = payload?["elements"]?.array ?? []
      guard (1...Self.elementsMax).contains(elements.count) else {
        throw .parameter("There may be 1 to 10 elements")
      }
      for element in elements {
        try Self.check(element["title"], "title", most: 80)
        if let buttons = element["buttons"]?.array { try Self.check(buttons: buttons) }
      }
    default: break
    }
  }

  private static func check(buttons: [JSON]) throws(GraphError) {
    guard (1...buttonsMax).contains(buttons.count) else {
      throw .parameter("There may be 1 to 3 buttons")
    }
    for button in buttons {
      try check(button["title"], "title", most: titleMax)
      if button["type"] == "postback" {
        try check(button["payload"], "payload", most: payloadMax)
      }
    }
  }

  private static func check(_ value: JSON?, _ name: String, most: Int) throws(GraphError) {
    guard let text = value?.string, !text.isEmpty, text.utf16.count <= most else {
      throw .parameter("\(name) must have 1 to \(most) characters")
    }
  }

  /// What an echo shows of it: quick replies are not in it, and files have another address.
  func echo(_ dice: SeededRandom) -> JSONObject {
    var echo: JSONObject = [:]
    echo["text"] = message["text"]
    let files = attachments.map { attachment -> JSON in
      var file: JSONObject = ["type": attachment["type"] ?? "file"]
      file["payload"] =
        attachment["type"] == "template"
        ? attachment["payload"]
        : [
          "url": .string(
            "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id="
              + MetaID.digits(dice, count: 17))
        ]
      return .object(file)
    }
    if !files.isEmpty { echo["attachments"] = .array(files) }
    echo["reply_to"] = message["reply_to"]
    return echo
  }
}
