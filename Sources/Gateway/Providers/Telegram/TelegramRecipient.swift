/// The chat a message goes to, out of what Ingest keeps of a chat: a person's number, or the key of
/// a group as ``TelegramPlace`` writes it, `[<connection>/]<chat>[:<topic>]`.
struct TelegramRecipient {
  /// The chat's number; of a person the user's.
  var chatID: Int64
  /// The topic, in a group that is divided into topics.
  let topic: Int64?
  /// The connection to a personal account that the message goes through.
  let businessConnectionID: String?
  /// The number of the message in this chat that is answered.
  let replyNumber: Int64?

  /// The scope of chats that the bot is only called into.
  private static let guestScope = "guest"

  /// Where `recipient` is. `replyTo`, the id of a message, tells the answered message and, for a
  /// person, the connected account they were spoken with: one number stands for several chats.
  ///
  /// - Throws: ``Unsendable`` for what is no chat of Telegram, or none the bot may write to.
  init(_ recipient: Recipient, replyTo: String?) throws(Unsendable) {
    let answered = replyTo.flatMap { Self.split($0) }
    switch recipient {
    case .person(let address):
      guard address.type == .telegram, let chatID = Self.number(address.value) else {
        throw Unsendable(
          .wrongAddress, field: "to",
          "Telegram knows people by number: a bot cannot write to a handle or a phone number.")
      }
      self.chatID = chatID
      topic = nil
      let isTheirs = answered?.chatID == chatID && answered?.scope != Self.guestScope
      businessConnectionID = isTheirs ? answered?.scope : nil
      replyNumber = isTheirs ? answered?.number : nil
    case .group(let key):
      guard let place = Self.split(key) else {
        throw Unsendable(.wrongAddress, field: "to", "This is no group of Telegram.")
      }
      if place.scope == Self.guestScope {
        throw Unsendable(
          .unsupported, field: "to",
          "The bot was only called into this chat as a guest and cannot write there on its own.")
      }
      chatID = place.chatID
      topic = place.number
      businessConnectionID = place.scope
      let isHere = answered?.chatID == chatID && answered?.scope == place.scope
      replyNumber = isHere ? answered?.number : nil
    }
  }

  /// What stands in front of ids and keys of this chat.
  var scope: String { businessConnectionID.map { "\($0)/" } ?? "" }

  /// The fields that say where: the first ones of every request.
  func fields(inTopic: Bool = true) -> JSONObject {
    var fields: JSONObject = [:]
    if let businessConnectionID {
      fields["business_connection_id"] = .string(businessConnectionID)
    }
    fields["chat_id"] = .integer(chatID)
    guard inTopic, let topic else { return fields }
    fields["message_thread_id"] = .integer(topic)
    // A group's key does not tell a forum from a channel's direct messages. The server reads the
    // one that fits the chat and leaves the other alone (`check_message_topic` in Client.cpp).
    if businessConnectionID == nil { fields["direct_messages_topic_id"] = .integer(topic) }
    return fields
  }

  /// `[<scope>/]<chat>[:<number>]`; the number is `nil` where another word stands in its place.
  private static func split(_ text: String) -> (scope: String?, chatID: Int64, number: Int64?)? {
    let slash = text.utf8.lastIndex(of: UInt8(ascii: "/"))
    let scope = slash.map { String(text[..<$0]) }
    let rest = slash.map { text[text.utf8.index(after: $0)...] } ?? text[...]
    let colon = rest.utf8.firstIndex(of: UInt8(ascii: ":"))
    guard scope != "", let chatID = number(rest[..<(colon ?? rest.endIndex)]) else { return nil }
    let last = colon.flatMap { number(rest[rest.utf8.index(after: $0)...]) } ?? 0
    return (scope, chatID, last > 0 ? last : nil)
  }

  /// A number as Telegram's are written; with a plus sign it is a telephone's.
  private static func number(_ text: some StringProtocol) -> Int64? {
    guard !text.hasPrefix("+"), let number = Int64(text), number != 0 else { return nil }
    return number
  }
}
