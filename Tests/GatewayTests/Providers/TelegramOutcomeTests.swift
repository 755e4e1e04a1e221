import Testing

@testable import Gateway

private typealias Sending = TelegramSendingSupport

@Suite struct TelegramOutcomeTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let status: Int
    let words: String
    let outcome: String
    let code: String
    let errorClass: String
    var testDescription: String { "\(status) \(words)" }

    init(
      _ status: Int, _ words: String, _ outcome: String, _ code: String, _ errorClass: String
    ) {
      self.status = status
      self.words = words
      self.outcome = outcome
      self.code = code
      self.errorClass = errorClass
    }
  }

  static let rows = [
    Row(400, "chat not found", "unreachable", "400:chat_not_found", "unreachable"),
    Row(400, "private chat not found", "unreachable", "400:private_chat_not_found", "unreachable"),
    Row(400, "PEER_ID_INVALID", "unreachable", "400:peer_id_invalid", "unreachable"),
    Row(400, "user not found", "unreachable", "400:user_not_found", "unreachable"),
    Row(400, "can't parse entities: x", "rejected", "400:cant_parse_entities", "permanent"),
    Row(400, "message is too long", "rejected", "400:message_is_too_long", "permanent"),
    Row(400, "message text is empty", "rejected", "400:text_is_empty", "permanent"),
    Row(400, "message caption is too long", "rejected", "400:caption_is_too_long", "permanent"),
    Row(400, "BUTTON_DATA_INVALID", "rejected", "400:button_data_invalid", "permanent"),
    Row(400, "file is too big", "rejected", "400:file_is_too_big", "permanent"),
    Row(
      400, "wrong file identifier/HTTP URL specified", "rejected", "400:http_url_specified",
      "permanent"),
    Row(400, "PHOTO_INVALID_DIMENSIONS", "rejected", "400:photo_invalid_dimensions", "permanent"),
    Row(400, "message can't be edited", "rejected", "400:message_cant_be_edited", "permanent"),
    Row(400, "SOMETHING_NEW", "rejected", "400", "permanent"),
    Row(400, "TOPIC_CLOSED", "unreachable", "400:topic_closed", "chat_config"),
    Row(
      400, "message thread not found", "unreachable", "400:message_thread_not_found",
      "chat_config"),
    Row(
      400, "not enough rights to send photos to the chat", "unreachable", "400:not_enough_rights",
      "chat_config"),
    Row(400, "CHAT_WRITE_FORBIDDEN", "unreachable", "400:chat_write_forbidden", "chat_config"),
    Row(403, "not enough rights", "unreachable", "403:not_enough_rights", "chat_config"),
    Row(
      403, "bot was blocked by the user", "recipient_stopped", "403:bot_was_blocked", "opted_out"),
    Row(403, "user is deactivated", "unreachable", "403:user_is_deactivated", "unreachable"),
    Row(
      403, "bot was kicked from the supergroup chat", "unreachable", "403:bot_was_kicked",
      "unreachable"),
    Row(
      403, "bot is not a member of the channel chat", "unreachable", "403:bot_is_not_a_member",
      "unreachable"),
    Row(
      403, "the group chat was deleted", "unreachable", "403:group_chat_was_deleted",
      "unreachable"),
    Row(
      403, "bot can't initiate conversation with a user", "unreachable",
      "403:cant_initiate_conversation", "unreachable"),
    Row(
      403, "bot can't send messages to bots", "unreachable", "403:cant_send_messages_to_bots",
      "unreachable"),
    Row(403, "something new", "unreachable", "403", "unreachable"),
    Row(401, "Unauthorized", "channel_broken", "401", "credentials"),
    Row(404, "Not Found", "channel_broken", "404", "credentials"),
    Row(409, "Conflict: terminated", "retry", "409", "retry"),
    Row(413, "Request Entity Too Large", "rejected", "413", "permanent"),
    Row(421, "Misdirected Request", "retry", "421", "retry"),
    Row(429, "Too Many Requests", "retry", "429", "retry"),
    Row(500, "Internal Server Error", "ambiguous", "500", "ambiguous"),
    Row(502, "Bad Gateway", "ambiguous", "502", "ambiguous"),
    Row(418, "a teapot", "rejected", "418", "permanent"),
  ]

  @Test(arguments: rows)
  func everyRefusalHasItsOutcome(_ row: Row) throws {
    for words in [row.words, "Bad Request: \(row.words.uppercased())"] {
      let outcome = try Sending.outcome(
        Sending.message("x"), after: [Sending.refused(row.status, words)])
      #expect(outcome?.word == row.outcome)
      #expect(outcome?.error?.code == row.code)
      #expect(outcome?.error?.errorClass == row.errorClass)
      #expect(outcome?.error?.detail == words)
      #expect(outcome?.error?.title.isEmpty == false)
    }
  }

  @Test func theTableIsWrittenInLowerCaseAndEachFragmentIsReached() {
    for (name, fragments) in TelegramErrors.classes {
      for (fragment, _) in fragments {
        #expect(fragment == fragment.lowercased())
        let error = TelegramErrors.error(status: 400, description: fragment)
        #expect(error?.errorClass == name || fragment == "private chat not found", "\(fragment)")
      }
    }
  }

  @Test func telegramsOwnCodeGoesBeforeTheStatusOnTheWay() throws {
    let reply = Sending.reply(
      200,
      ["ok": false, "error_code": 403, "description": "Forbidden: bot was blocked by the user"])
    #expect(
      try Sending.outcome(Sending.message("x"), after: [reply])?.verdict == .recipientStopped)
  }

  @Test(
    arguments: [
      (17, 17_000), (0, 0), (14_400, 14_400_000), (Int64.max, 604_800_000), (-5, nil),
    ] as [(Int64, Int64?)])
  func waitsAsLongAsTelegramSays(_ seconds: Int64, _ milliseconds: Int64?) throws {
    let reply = Sending.refused(429, "Too Many", parameters: ["retry_after": .integer(seconds)])
    #expect(
      try Sending.outcome(Sending.message("x"), after: [reply])?.verdict
        == .retry(afterMilliseconds: milliseconds, scope: .recipient))
  }

  @Test func waitsAlsoWhereAProxyLimits() throws {
    let response = HTTPResponse(status: 429, headers: ["Retry-After": "5"], body: utf8("<html>"))
    #expect(
      try Sending.outcome(Sending.message("x"), after: [.response(response)])?.verdict
        == .retry(afterMilliseconds: 5_000, scope: .recipient))
  }

  @Test(arguments: [
    (200, "<html>", "ambiguous"), (200, "", "ambiguous"), (200, "{\"ok\":tr", "ambiguous"),
    (200, "[]", "ambiguous"), (204, "", "ambiguous"), (200, "{\"result\":{}}", "ambiguous"),
    (200, "{\"ok\":false}", "rejected"), (301, "", "channel_broken"),
    (302, "{\"ok\":true}", "channel_broken"), (400, "<html>", "rejected"),
    (401, "", "channel_broken"), (403, "<html>", "channel_broken"), (404, "", "channel_broken"),
    (413, "<html>", "rejected"), (421, "", "retry"), (429, "", "retry"), (500, "", "ambiguous"),
    (503, "{\"ok\":true}", "ambiguous"), (599, "", "ambiguous"),
  ])
  func anAnswerThatIsNotTelegramsIsAnOutcome(
    _ status: Int, _ body: String, _ word: String
  ) throws {
    let response = HTTPResponse(status: status, contentType: "text/html", body: body)
    #expect(
      try Sending.outcome(Sending.message("x"), after: [.response(response)])?.word == word)
  }

  @Test func whatCannotHaveArrivedIsSentAgainAndTheRestIsInDoubt() throws {
    for kind in [
      TransportFailure.Kind.cannotResolve, .cannotConnect, .tls, .timedOut(afterRequestSent: false),
      .timedOut(afterRequestSent: true), .tooLarge, .other,
    ] {
      let failure = TransportFailure(kind, host: "api.telegram.org:443")
      let outcome = try Sending.outcome(Sending.message("x"), after: [.failure(failure)])
      #expect(outcome?.word == (failure.mayHaveArrived ? "ambiguous" : "retry"))
      #expect(outcome?.error?.detail == failure.description)
    }
  }

  @Test func aFormattingThatIsRefusedIsLeftOut() throws {
    let message = Sending.message("Hello") {
      $0.content.entities = [TextEntity(style: .bold, offset: 0, length: 5)]
    }
    let refused = Sending.refused(400, "Bad Request: can't parse entities: x")
    #expect(try Sending.body(message)["entities"] != nil)
    #expect(
      try Sending.body(message, after: [refused]) == ["chat_id": 6_012_345_678, "text": "Hello"])
    let outcome = try Sending.outcome(message, after: [refused, Sending.sent(61)])
    #expect(outcome?.verdict == .accepted(ids: ["6012345678:61"]))
    #expect(outcome?.note == "sent without formatting")
    #expect(try Sending.outcome(message, after: [refused, refused])?.verdict == .rejected)
  }

  @Test(arguments: [
    "wrong file identifier/HTTP URL specified", "failed to get HTTP URL content",
    "wrong type of the web page content", "WEBPAGE_CURL_FAILED", "WEBPAGE_MEDIA_EMPTY",
    "failed to send message #2 with the error message \"WEBPAGE_CURL_FAILED\"",
  ])
  func aFileThatTelegramCannotFetchIsUploadedOnce(_ words: String) throws {
    let photo = Sending.file(.image, "image/jpeg")
    let refused = Sending.refused(400, "Bad Request: \(words)")
    let one = Sending.message(files: [photo])
    #expect(try Sending.request(one, after: [refused])?.upload?.files.map(\.name) == ["photo"])
    #expect(try Sending.outcome(one, after: [refused, refused])?.verdict == .rejected)
    let album = Sending.message(files: [photo, photo], text: "Both")
    let upload = try Sending.request(album, after: [refused])?.upload
    #expect(upload?.files.map(\.name) == ["f0", "f1"])
    #expect(upload?.fields.contains { $0.value.contains("attach://f0") } == true)
    #expect(try Sending.outcome(album, after: [refused, refused])?.verdict == .rejected)
  }

  @Test func aFileThatNobodyHasIsARefusalWithTheReason() throws {
    let stored = Sending.file(.image, "image/jpeg", stored: true)
    let outcome = try Sending.outcome(
      Sending.message(files: [stored]), after: [.noFile("The file was deleted.")])
    #expect(outcome?.verdict == .rejected)
    #expect(outcome?.error?.title == "The file was deleted.")
  }

  @Test func aTopicThatIsGoneIsNoReasonToStaySilent() throws {
    let message = Sending.message("x", to: .group("-100:12"))
    let refused = Sending.refused(400, "Bad Request: message thread not found")
    #expect(try Sending.body(message, after: [refused]) == ["chat_id": -100, "text": "x"])
    let outcome = try Sending.outcome(message, after: [refused, Sending.sent(7, chat: -100)])
    #expect(outcome?.verdict == .accepted(ids: ["-100:7"]))
    #expect(outcome?.note != nil)
    #expect(try Sending.outcome(message, after: [refused, refused])?.word == "unreachable")
  }

  @Test func anAnsweredMessageThatIsGoneIsNotNamed() throws {
    let message = Sending.message("x") { $0.replyTo = "6012345678:41" }
    let refused = Sending.refused(400, "Bad Request: message to be replied not found")
    #expect(try Sending.body(message)["reply_parameters"] != nil)
    #expect(try Sending.body(message, after: [refused])["reply_parameters"] == nil)
    #expect(try Sending.outcome(message, after: [refused, refused])?.verdict == .rejected)
  }

  @Test func aGroupThatBecameASupergroupIsFollowed() throws {
    let message = Sending.message("x", to: .group("-4011")) { $0.replyTo = "-4011:9" }
    func moved(_ target: Int64) -> SendReply {
      Sending.refused(
        400, "Bad Request: group chat was upgraded to a supergroup chat",
        parameters: ["migrate_to_chat_id": .integer(target)])
    }
    #expect(
      try Sending.body(message, after: [moved(-1002)]) == ["chat_id": -1002, "text": "x"])
    let outcome = try Sending.outcome(message, after: [moved(-1002), Sending.sent(2, chat: -1002)])
    #expect(outcome?.verdict == .accepted(ids: ["-1002:2"]))
    #expect(outcome?.identity == .conversation(from: "-4011", to: "-1002"))
    // Never in circles.
    #expect(try Sending.outcome(message, after: [moved(-4011)])?.verdict == .rejected)
    #expect(
      try Sending.outcome(message, after: [moved(-1002), moved(-1003)])?.verdict == .rejected)
  }

  @Test func aMessageWithoutANumberHasAnIdOfItsOwn() throws {
    let message = Sending.message(String(repeating: "word ", count: 2_000))
    let provider = try TelegramFixtures.provider()
    let ids = try Sending.parts(message).map { part in
      provider.next(part, of: message, after: [CompletedStep("send", Sending.sent(0))])
    }
    #expect(Set(ids.map { "\($0)" }).count == 3)
    let album = Sending.message(files: [Sending.file(.image), Sending.file(.image)])
    #expect(
      try Sending.outcome(album, after: [Sending.sent(0, 0)])?.verdict
        == .accepted(ids: ["6012345678:unnumbered-msg_1-0", "6012345678:unnumbered-msg_1-0-1"]))
    // Said to be done is done, whatever else stands there.
    #expect(
      try Sending.outcome(message, after: [Sending.reply(200, ["ok": true, "result": true])])?
        .word == "accepted")
  }

  /// Whatever is answered, again and again, there is an end.
  @Test func noAnswerLeadsInCircles() throws {
    var message = Sending.message(
      files: [Sending.file(.image), Sending.file(.image)], text: "Both")
    message.recipient = .group("-100:12")
    message.replyTo = "-100:9"
    message.content.entities = [TextEntity(style: .bold, offset: 0, length: 4)]
    let words = [
      "can't parse entities", "message thread not found", "failed to get HTTP URL content",
      "message to be replied not found", "wrong remote file identifier", "upgraded",
    ]
    let part = try #require(try Sending.parts(message).first)
    let provider = try TelegramFixtures.provider()
    forAll(300) { random in
      (0..<MessagePart.stepsMax).map { index in
        let word = random.pick(words)
        return Sending.refused(
          400, "Bad Request: \(word)",
          parameters: word == "upgraded" ? ["migrate_to_chat_id": JSON(-200 - index)] : [:])
      }
    } holds: { replies in
      for count in 0...6 {
        let steps = replies.prefix(count).map { CompletedStep("send", $0) }
        if case .outcome(let outcome) = provider.next(part, of: message, after: steps) {
          return outcome.verdict != .accepted(ids: [])
        }
      }
      return false
    }
  }

  @Test func theTokenIsInNothingThatIsSaid() throws {
    let provider = try TelegramFixtures.provider()
    let token = TelegramFixtures.token
    let address = "https://api.telegram.org/bot\(token)/sendMessage"
    let message = Sending.message("Hello", to: .group("-100:12"))
    let part = try #require(try Sending.parts(message).first)
    #expect(!String(decoding: part.json.serialized(), as: UTF8.self).contains(token))
    var replies: [SendReply] = [
      .failure(TransportFailure(.other, host: "api.telegram.org:443", detail: address)),
      .noFile("cannot fetch \(address)"),
      .response(
        HTTPResponse(status: 302, headers: ["Location": address], body: utf8(address))),
    ]
    for status in [400, 401, 403, 404, 409, 413, 418, 421, 429, 500] {
      replies.append(Sending.refused(status, "cannot do \(address)"))
      replies.append(Sending.refused(status, "chat not found \(address)"))
    }
    for reply in replies {
      let step = provider.next(part, of: message, after: [CompletedStep("send", reply)])
      guard case .outcome(let outcome) = step else {
        Issue.record("a request after \(reply)")
        continue
      }
      #expect(!String(decoding: outcome.json.serialized(), as: UTF8.self).contains(token))
      #expect(outcome.error != nil)
    }
  }

  @Test func aLongReasonIsCut() throws {
    let words = String(repeating: "x", count: 10_000)
    let outcome = try Sending.outcome(Sending.message("x"), after: [Sending.refused(400, words)])
    #expect(outcome?.error?.detail?.count == Telegram.detailScalarsMax)
  }
}
