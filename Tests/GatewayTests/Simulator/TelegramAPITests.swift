import Simulator
import Testing

@testable import Gateway

@Suite struct TelegramAPITests {
  private static let file = "AgACAgIAAxkBAA0123456789"

  @Test func messageNumbersGrowInEachChat() throws {
    let rig = try ProviderRig()
    func number(_ chat: Int64) throws -> Int64 {
      let response = try rig.bot("sendMessage", ["chat_id": .integer(chat), "text": "hi"])
      #expect(response.status == 200 && response.json["ok"] == true)
      let message = try #require(response.json["result"])
      #expect(message["chat"]?["id"] == .integer(chat) && message["text"] == "hi")
      #expect(message["date"] == 1_791_210_000)
      return try #require(message["message_id"]?.integer)
    }
    let first = try number(5)
    #expect(try [number(6), number(5), number(5)] == [first, first + 1, first + 2])
    #expect(rig.ledger.accepted(to: "5").map(\.sender) == Array(repeating: "7123456789", count: 3))
  }

  @Test func aWrongTokenIsRefusedAsTheServerDoes() throws {
    let rig = try ProviderRig()
    #expect(try rig.bot("getMe", token: "7123456789:other").status == 401)
    #expect(try rig.bot("getMe", token: "nonsense").status == 404)
    #expect(try rig.bot("sendNothing").status == 404)
    #expect(try rig.bot("getMe").json["result"]?["id"] == 7_123_456_789)
    let wrong = try rig.bot("getMe", token: "7123456789:other").json
    #expect(wrong == ["ok": false, "error_code": 401, "description": "Unauthorized"])
  }

  private static let refusals: [(String, String, String)] = [
    ("sendMessage", #"{"chat_id": 5, "text": " "}"#, "message text is empty"),
    ("sendMessage", #"{"text": "x"}"#, "chat_id is empty"),
    ("sendMessage", #"{"chat_id": "nobody", "text": "x"}"#, "chat not found"),
    ("sendMessage", #"{"chat_id": 5, "text": "LONG"}"#, "message is too long"),
    ("sendPhoto", #"{"chat_id": 5, "photo": "FILE", "caption": "LONG"}"#, "caption is too long"),
    ("sendPhoto", #"{"chat_id": 5}"#, "there is no photo in the request"),
    ("sendPhoto", #"{"chat_id": 5, "photo": "x"}"#, "wrong file identifier/HTTP URL specified"),
    (
      "sendPhoto", #"{"chat_id": 5, "photo": "https://cdn.invalid/a.jpg"}"#,
      "failed to get HTTP URL content"
    ),
    (
      "sendMessage",
      #"{"chat_id": 5, "text": "x", "reply_markup": {"inline_keyboard": "#
        + #"[[{"text": "a", "callback_data": "LONG"}]]}}"#, "BUTTON_DATA_INVALID"
    ),
    (
      "sendMessage", #"{"chat_id": 5, "text": "<b>x", "parse_mode": "HTML"}"#,
      "can't parse entities: Can't find end tag"
    ),
    (
      "sendMessage", #"{"chat_id": 5, "text": "<x>x</x>", "parse_mode": "HTML"}"#,
      "can't parse entities: Unsupported start tag"
    ),
    (
      "sendMessage", #"{"chat_id": 5, "text": "a.b", "parse_mode": "MarkdownV2"}"#,
      "can't parse entities: Character '.' is reserved"
    ),
    (
      "sendMessage",
      #"{"chat_id": 5, "text": "a😀", "entities": [{"type": "bold", "offset": 2, "length": 1}]}"#,
      "in a middle of a UTF-16 symbol"
    ),
    (
      "sendMessage",
      #"{"chat_id": 5, "text": "ab", "entities": [{"type": "bold", "offset": 1, "length": 2}]}"#,
      "ends after the end of the text"
    ),
    (
      "sendMediaGroup", #"{"chat_id": 5, "media": [{"type": "photo", "media": "FILE"}]}"#,
      "wrong number of media"
    ),
    (
      "sendMediaGroup",
      #"{"chat_id": 5, "media": [{"type": "photo", "media": "FILE"}, "#
        + #"{"type": "document", "media": "FILE"}]}"#, "can't be mixed"
    ),
    (
      "sendMessage", #"{"chat_id": 5, "text": "x", "reply_parameters": {"message_id": 404}}"#,
      "message to be replied not found"
    ),
    ("sendLocation", #"{"chat_id": 5, "latitude": 91, "longitude": 0}"#, "wrong latitude"),
    ("sendContact", #"{"chat_id": 5, "first_name": "A"}"#, "phone number must be non-empty"),
    ("answerCallbackQuery", "{}", "query is too old"),
    ("getFile", #"{"file_id": "x"}"#, "invalid file_id"),
  ]

  /// Reads parameters in which `FILE` is a file's id and `LONG` longer than anything may be.
  private static func parameters(_ text: String) throws -> JSON {
    let long = String(repeating: "😀", count: 2049)
    let pieces = text.split(separator: "LONG", omittingEmptySubsequences: false)
    let filled = pieces.joined(separator: long)
      .split(separator: "FILE", omittingEmptySubsequences: false).joined(separator: file)
    return try JSON.parse(Array(filled.utf8))
  }

  @Test(arguments: refusals)
  func whatTheServerRefusesIsRefusedInItsWords(
    _ method: String, _ text: String, _ words: String
  ) throws {
    var script = ProviderScript()
    script.telegramMissingMessages = [404]
    let rig = try ProviderRig(script)
    let response = try rig.bot(method, try Self.parameters(text))
    #expect(response.status == 400 && response.json["error_code"] == 400)
    let description = try #require(response.json["description"]?.string)
    #expect(description.hasPrefix("Bad Request: ") && description.contains(words))
    #expect(rig.outcomes == [.refused(code: 400)])
  }

  private static let taken = [
    #"{"text": "<b>a &lt; b</b>", "parse_mode": "HTML"}"#,
    #"{"text": "*a* \\. [b](https://a.example/b.c)", "parse_mode": "MarkdownV2"}"#,
    #"{"text": "a😀", "entities": [{"type": "bold", "offset": 1, "length": 2}]}"#,
    #"{"text": "x", "reply_parameters": {"message_id": 404, "allow_sending_without_reply": true}}"#,
    #"{"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "1"}]]}}"#,
    #"{"text": "\#(String(repeating: "😀", count: 2048))"}"#,
  ]

  @Test(arguments: taken)
  func whatTheServerTakesIsTaken(_ text: String) throws {
    var script = ProviderScript()
    script.telegramMissingMessages = [404]
    let rig = try ProviderRig(script)
    let parameters = try Self.parameters(text)
    var object = try #require(parameters.object)
    object["chat_id"] = 5
    let response = try rig.bot("sendMessage", .object(object))
    #expect(response.status == 200, "\(response.json)")
  }

  @Test func chatsInTroubleAnswerWithIt() throws {
    var script = ProviderScript()
    script.telegramChats = [-5: .migrated(to: -1005), 6: .blocked]
    let rig = try ProviderRig(script)
    func send(_ chat: Int64) throws -> JSON {
      try rig.bot("sendMessage", ["chat_id": .integer(chat), "text": "x"]).json
    }
    #expect(try send(-5)["parameters"]?["migrate_to_chat_id"] == -1005)
    #expect(try send(-1005)["ok"] == true)
    #expect(try send(6)["description"] == "Forbidden: bot was blocked by the user")
    #expect(try send(500_555_403)["error_code"] == 403)
    #expect(try send(500_555_400)["description"] == "Bad Request: chat not found")
    #expect(try send(-500_555_400)["parameters"]?["migrate_to_chat_id"] == -1_000_500_555_400)
  }

  @Test func anAlbumIsSeveralMessagesOfOneGroup() throws {
    let rig = try ProviderRig()
    let item: JSON = ["type": "photo", "media": .string(Self.file), "caption": "a"]
    let response = try rig.bot("sendMediaGroup", ["chat_id": 5, "media": [item, item, item]])
    let messages = try #require(response.json["result"]?.array)
    #expect(messages.count == 3)
    #expect(Set(messages.compactMap { $0["message_id"]?.integer }).count == 3)
    #expect(Set(messages.compactMap { $0["media_group_id"]?.string }).count == 1)
  }

  @Test func anUploadIsKeptUnderItsFileID() throws {
    let rig = try ProviderRig()
    let bytes: [UInt8] = Array("\r\n--x\r\n\0".utf8) + [0xFF]
    let parts = [
      "--b0undary", "Content-Disposition: form-data; name=\"chat_id\"", "", "5", "--b0undary",
      "Content-Disposition: form-data; name=\"document\"; filename=\"a.bin\"", "", "",
    ]
    let body =
      Array(parts.joined(separator: "\r\n").utf8) + bytes + Array("\r\n--b0undary--\r\n".utf8)
    let response = try rig.send(
      HTTPRequest(
        method: "POST", target: "\(rig.server.url)/bot\(ProviderRig.token)/sendDocument",
        headers: ["Content-Type": "multipart/form-data; boundary=b0undary"], body: body))
    let id = try #require(response.json["result"]?["document"]?["file_id"]?.string)
    #expect(rig.ledger.accepted(to: "5").map(\.text) == ["a.bin"])
    let file = try rig.bot("getFile", ["file_id": .string(id)])
    let path = try #require(file.json["result"]?["file_path"]?.string)
    let target = "\(rig.server.url)/file/bot\(ProviderRig.token)/\(path)"
    #expect(try rig.send(HTTPRequest(method: "GET", target: target)).body == bytes)
  }

  @Test func aFilesPathExpiresAndIsGivenAnew() throws {
    let rig = try ProviderRig()
    func path() throws -> String {
      let json = try rig.bot("getFile", ["file_id": .string(Self.file)]).json
      return try #require(json["result"]?["file_path"]?.string)
    }
    func status(_ path: String) throws -> Int {
      let target = "\(rig.server.url)/file/bot\(ProviderRig.token)/\(path)"
      return try rig.send(HTTPRequest(method: "GET", target: target)).status
    }
    let first = try path()
    #expect(first.hasPrefix("photos/"))
    #expect(try status(first) == 200)
    rig.clock.advance(milliseconds: 3_600_000)
    #expect(try status(first) == 404)
    #expect(try status(path()) == 200)
    rig.server.addTelegramFile(
      "BAACAgIAAxkBAA0123456789", path: "videos/big.mp4",
      bytes: [UInt8](repeating: 0, count: (20 << 20) + 1))
    let big = try rig.bot("getFile", ["file_id": "BAACAgIAAxkBAA0123456789"])
    #expect(big.json["description"] == "Bad Request: file is too big")
  }

  @Test func aWebhookIsKeptAsGiven() throws {
    let rig = try ProviderRig()
    try rig.bot(
      "setWebhook",
      [
        "url": "https://gw.example.com/x", "secret_token": "abc", "allowed_updates": ["message"],
      ])
    let token = ProviderRig.token
    let webhook = rig.server.telegramWebhook(token: token)
    #expect(webhook?.url == "https://gw.example.com/x" && webhook?.secretToken == "abc")
    #expect(webhook?.allowedUpdates == ["message"])
    // A list that is not given stays; a secret that is not given is cleared.
    try rig.bot("setWebhook", ["url": "https://gw.example.com/y"])
    #expect(rig.server.telegramWebhook(token: token)?.allowedUpdates == ["message"])
    #expect(rig.server.telegramWebhook(token: token)?.secretToken == "")
    let info = try rig.bot("getWebhookInfo").json["result"]
    #expect(info?["url"] == "https://gw.example.com/y" && info?["allowed_updates"] == ["message"])
    #expect(try rig.bot("setWebhook", ["url": "ftp://a", "secret_token": ""]).status == 400)
    try rig.bot("deleteWebhook")
    #expect(rig.server.telegramWebhook(token: token) == nil)
  }
}
