import Gateway

/// The methods of the Bot API that send something.
final class TelegramAPIMessages: Sendable {
  private let script: ProviderScript
  private let files: TelegramAPIFiles
  private let numbers: [Locked<[Int64: Int64]>]

  /// Above what ``TelegramSimulator`` counts for what people write: both share a chat's numbers.
  static let firstNumber: Int64 = 1_000_001
  /// Photos are smaller than other files: <https://core.telegram.org/bots/api#sending-files>.
  private static let photoBytesMax = 10 << 20
  private static let uploadBytesMax = 50 << 20
  private static let vcardBytesMax = 2048
  private static let groupSizes = 2...10

  /// No messages yet.
  init(_ script: ProviderScript, files: TelegramAPIFiles) {
    self.script = script
    self.files = files
    numbers = (0..<16).map { _ in Locked([:]) }
  }

  /// Understands a wish to send.
  func send(
    _ method: TelegramMethod, _ parameters: TelegramParameters, _ bot: TelegramBot, now: Instant
  ) -> ProviderCall {
    let recipient = parameters.text("chat_id")
    var call = ProviderCall(
      provider: "telegram", operation: method.name, sender: "\(bot.id)", recipient: recipient,
      text: Self.shown(method, parameters)
    ) { [self] ordinal in
      do throws(TelegramError) {
        let chat = try chat(parameters)
        let contents = try contents(method, parameters, ordinal, chat)
        try checkReply(parameters)
        try TelegramMarkup.check(parameters.json("reply_markup"))
        let sent = contents.map { message($0, chat, bot, parameters, now) }
        let id = sent.first?["message_id"]?.integer ?? 0
        let result = method.name == "sendMediaGroup" ? JSON.array(sent) : sent.first ?? .null
        return ProviderCall.Result(
          response: TelegramAPI.ok(result), acceptedID: "\(chat):\(id)")
      } catch {
        return ProviderCall.Result(response: error.response, refusal: error.code)
      }
    }
    call.senderRate = script.limits?.telegramBot
    call.recipientRate =
      recipient.hasPrefix("-") ? script.limits?.telegramGroup : script.limits?.telegramChat
    return call
  }

  /// The chat of a request, if the bot can write there.
  func chat(_ parameters: TelegramParameters) throws(TelegramError) -> Int64 {
    let text = parameters.text("chat_id")
    guard !text.isEmpty else { throw .bad("chat_id is empty") }
    guard let chat = Int64(text), chat != 0 else { throw .bad("chat not found") }
    if let trouble = script.telegramChats[chat] ?? TelegramTrouble.magic[chat] {
      throw trouble.error
    }
    return chat
  }

  // MARK: What is sent

  /// What a person is shown, as one line.
  private static func shown(_ method: TelegramMethod, _ parameters: TelegramParameters) -> String {
    let text = parameters.text("text")
    if !text.isEmpty { return text }
    var pieces = [parameters.text("caption")]
    if let file = method.file {
      pieces.append(parameters.uploads[file]?.fileName ?? parameters.text(file))
    }
    for item in parameters.json("media")?.array ?? [] {
      pieces += [item["caption"]?.string ?? "", item["media"]?.string ?? ""]
    }
    pieces += ["latitude", "longitude", "title", "phone_number"].map(parameters.text)
    return pieces.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The members of each message that the request makes.
  private func contents(
    _ method: TelegramMethod, _ parameters: TelegramParameters, _ ordinal: Int, _ chat: Int64
  ) throws(TelegramError) -> [JSONObject] {
    switch method.name {
    case "sendMessage":
      let text = try TelegramText.check(
        parameters.text("text"), mode: parameters.text("parse_mode"),
        entities: parameters.json("entities"))
      return [["text": .string(text)]]
    case "sendMediaGroup": return try group(parameters, ordinal, chat)
    case "sendLocation": return [["location": try place(parameters)]]
    case "sendVenue":
      let title = parameters.text("title")
      guard !title.isEmpty else { throw .bad("venue title must be non-empty") }
      let location = try place(parameters)
      return [
        [
          "location": location,
          "venue": [
            "location": location, "title": .string(title),
            "address": .string(parameters.text("address")),
          ],
        ]
      ]
    case "sendContact":
      let phone = parameters.text("phone_number")
      guard !phone.isEmpty else { throw .bad("phone number must be non-empty") }
      let name = parameters.text("first_name")
      guard !name.isEmpty else { throw .bad("first name must be non-empty") }
      guard parameters.text("vcard").utf8.count <= Self.vcardBytesMax else {
        throw .bad("vcard is too long")
      }
      return [["contact": ["phone_number": .string(phone), "first_name": .string(name)]]]
    default:
      let file = method.file ?? ""
      return [
        try media(
          file, value: parameters.text(file), caption: parameters.text("caption"),
          mode: parameters.text("parse_mode"), entities: parameters.json("caption_entities"),
          parameters, dice(chat, ordinal))
      ]
    }
  }

  private func group(
    _ parameters: TelegramParameters, _ ordinal: Int, _ chat: Int64
  ) throws(TelegramError) -> [JSONObject] {
    guard let items = parameters.json("media")?.array else {
      throw .bad("can't parse media JSON object")
    }
    guard Self.groupSizes.contains(items.count) else {
      throw .bad("wrong number of media in the album: there must be 2 to 10")
    }
    let types = Set(items.map { $0["type"]?.string ?? "" })
    let isAlone = types.contains("document") || types.contains("audio")
    guard types.isSubset(of: ["photo", "video", "document", "audio"]),
      !isAlone || types.count == 1
    else { throw .bad("media of these types can't be mixed in an album") }
    let dice = dice(chat, ordinal)
    let group = JSON.string(String(dice.next() >> 12))
    var messages: [JSONObject] = []
    for item in items {
      var members = try media(
        item["type"]?.string ?? "", value: item["media"]?.string ?? "",
        caption: item["caption"]?.string ?? "", mode: item["parse_mode"]?.string ?? "",
        entities: item["caption_entities"], parameters, dice)
      members["media_group_id"] = group
      messages.append(members)
    }
    return messages
  }

  private func media(
    _ kind: String, value: String, caption: String, mode: String, entities: JSON?,
    _ parameters: TelegramParameters, _ dice: SeededRandom
  ) throws(TelegramError) -> JSONObject {
    let name = value.hasPrefix("attach://") ? String(value.dropFirst("attach://".count)) : kind
    var id = value
    if let upload = parameters.uploads[name] {
      guard !upload.bytes.isEmpty else { throw .bad("file must be non-empty") }
      guard upload.bytes.count <= (kind == "photo" ? Self.photoBytesMax : Self.uploadBytesMax)
      else { throw TelegramError(413, "Request Entity Too Large") }
      id = "BQACAgIAAxkDAA" + TwilioSigner.hexadecimal(dice.bytes(16))
      files.add(id, path: "documents/\(id.suffix(8))_\(upload.fileName)", bytes: upload.bytes)
    } else {
      try Self.checkSource(value, kind)
      if value.hasPrefix("http") {
        id = "BQACAgIAAxkDAA" + TwilioSigner.hexadecimal(dice.bytes(16))
      }
    }
    let shown = try TelegramText.check(
      caption, mode: mode, entities: entities, isCaption: true)
    let file: JSON = ["file_id": .string(id), "file_unique_id": .string("AQAD\(id.suffix(11))")]
    var members: JSONObject = [kind: kind == "photo" ? [file] : file]
    if !shown.isEmpty { members["caption"] = .string(shown) }
    return members
  }

  /// A file by its id or by an address; `.invalid` is never found (RFC 2606).
  private static func checkSource(_ value: String, _ kind: String) throws(TelegramError) {
    if value.isEmpty { throw .bad("there is no \(kind) in the request") }
    if value.hasPrefix("http://") || value.hasPrefix("https://") {
      let host = value.split(separator: "/").dropFirst().first?.prefix { $0 != ":" } ?? ""
      if host.hasSuffix(".invalid") { throw .bad("failed to get HTTP URL content") }
    } else if !TelegramAPIFiles.isFileID(value) {
      throw .bad("wrong file identifier/HTTP URL specified")
    }
  }

  private func place(_ parameters: TelegramParameters) throws(TelegramError) -> JSON {
    guard let latitude = Double(parameters.text("latitude")), abs(latitude) <= 90,
      let longitude = Double(parameters.text("longitude")), abs(longitude) <= 180
    else { throw .bad("wrong latitude or longitude specified") }
    return ["latitude": .number(latitude), "longitude": .number(longitude)]
  }

  private func dice(_ chat: Int64, _ ordinal: Int) -> SeededRandom {
    ProviderDice.roll(script.seed, "file", String(chat), ordinal)
  }

  // MARK: The message

  private func checkReply(_ parameters: TelegramParameters) throws(TelegramError) {
    let reply = parameters.json("reply_parameters")
    guard
      let id = reply?["message_id"]?.integer ?? Int64(parameters.text("reply_to_message_id")),
      script.telegramMissingMessages.contains(id),
      reply?["allow_sending_without_reply"]?.bool != true
    else { return }
    throw .bad("message to be replied not found")
  }

  private func message(
    _ content: JSONObject, _ chat: Int64, _ bot: TelegramBot, _ parameters: TelegramParameters,
    _ now: Instant
  ) -> JSON {
    let number = numbers[Int(UInt64(bitPattern: chat) % UInt64(numbers.count))].withLock {
      numbers in
      let number = numbers[chat] ?? Self.firstNumber
      numbers[chat] = number + 1
      return number
    }
    var message: JSONObject = [
      "message_id": .integer(number),
      "from": ["id": .integer(bot.id), "is_bot": true, "first_name": "Desk"],
      "chat": [
        "id": .integer(chat),
        "type": chat > 0 ? "private" : chat < -1_000_000_000_000 ? "supergroup" : "group",
      ],
      "date": .integer(now.millisecondsSinceEpoch / 1000),
    ]
    if let thread = Int64(parameters.text("message_thread_id")) {
      message["message_thread_id"] = .integer(thread)
    }
    for member in content { message[member.key] = member.value }
    return .object(message)
  }
}
