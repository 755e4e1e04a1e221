import Testing

@testable import Gateway

private typealias Sending = TelegramSendingSupport

@Suite struct TelegramFetchTests {
  private let file = AttachmentReference(kind: .document, source: "file_id:BQAC_1")

  @Test func asksForThePathAndThenForTheFile() throws {
    guard case .request(let name, let request, false) = try next() else {
      Issue.record("no request")
      return
    }
    #expect(request.target == "https://api.telegram.org/bot\(TelegramFixtures.token)/getFile")
    #expect(try JSON.parse(request.body) == ["file_id": "BQAC_1"])
    let step = try next(after: [CompletedStep(name, located("documents/file 1.pdf"))])
    guard case .request(_, let second, true) = step else {
      Issue.record("\(step)")
      return
    }
    #expect(second.method == "GET")
    #expect(
      second.target
        == "https://api.telegram.org/file/bot\(TelegramFixtures.token)/documents/file%201.pdf")
  }

  @Test(arguments: [
    ("application/octet-stream", nil, "audio/ogg"), ("audio/x-special", nil, "audio/x-special"),
    ("application/octet-stream", "audio/mpeg", "audio/mpeg"), (nil, nil, "audio/ogg"),
  ])
  func saysWhatTheFileIs(_ stated: String?, _ known: String?, _ expected: String) throws {
    var file = file
    file.contentType = known
    file.fileName = "note.oga"
    let response = HTTPResponse(
      status: 200, headers: stated.map { ["Content-Type": $0] } ?? [:])
    let step = try next(
      file,
      after: [
        CompletedStep("get_file", located("voice/file_1.oga")),
        CompletedStep("file", .response(response)),
      ])
    #expect(step == .done(contentType: expected, fileName: "note.oga"))
  }

  @Test func asksOnceMoreForAPathThatHasExpired() throws {
    var steps: [CompletedStep] = []
    var asked = 0
    for _ in 0..<MessagePart.stepsMax {
      switch try next(after: steps) {
      case .request(let name, _, isFile: false):
        asked += 1
        steps.append(CompletedStep(name, located("documents/file_1.pdf")))
      case .request(let name, _, isFile: true):
        steps.append(CompletedStep(name, .response(HTTPResponse(status: 404))))
      case .failed(_, let isFinal):
        #expect(asked == 2)
        #expect(!isFinal)
        return
      case .done:
        Issue.record("done")
        return
      }
    }
    Issue.record("in circles")
  }

  @Test(arguments: [
    "../../bot1:A/getMe", "documents/../x", "/var/lib/telegram/file_1", "a//b", "./a", "a/", "..",
  ])
  func aPathThatLeadsElsewhereIsNotFollowed(_ path: String) throws {
    let step = try next(after: [CompletedStep("get_file", located(path))])
    guard case .failed(_, true) = step else {
      Issue.record("\(step)")
      return
    }
  }

  @Test(arguments: [
    ("a?b#c", "a%3Fb%23c"), ("a@b:c", "a%40b%3Ac"), ("%2e%2e/x", "%252e%252e/x"),
    ("a\\..\\b", "a%5C..%5Cb"), ("é\r\n", "%C3%A9%0D%0A"),
  ])
  func aPathIsWrittenSoThatItIsOnlyAPath(_ path: String, _ encoded: String) {
    #expect(Telegram.encoded(path: path) == encoded)
  }

  @Test(arguments: [
    (400, "Bad Request: file is too big", true),
    (400, "Bad Request: wrong file_id or the file is temporarily unavailable", false),
    (400, "Bad Request: invalid file_id", true), (401, "Unauthorized", false),
    (404, "Not Found", false), (429, "Too Many Requests", false), (500, "Internal", false),
  ])
  func aRefusalIsForGoodOrNot(_ status: Int, _ words: String, _ isFinal: Bool) throws {
    let step = try next(after: [CompletedStep("get_file", Sending.refused(status, words))])
    guard case .failed(_, let found) = step else {
      Issue.record("\(step)")
      return
    }
    #expect(found == isFinal)
  }

  @Test(arguments: ["<html>", "{\"ok\":true}", "{\"ok\":true,\"result\":{\"file_path\":7}}", ""])
  func anAnswerThatSaysNothingIsTriedAgain(_ body: String) throws {
    let response = HTTPResponse(status: 200, contentType: "text/html", body: body)
    let step = try next(after: [CompletedStep("get_file", .response(response))])
    guard case .failed(_, false) = step else {
      Issue.record("\(step)")
      return
    }
  }

  @Test func asksForNothingThatCannotBeHad() throws {
    var large = file
    large.size = (20 << 20) + 1
    var refused = file
    refused.isFetchable = false
    let other = AttachmentReference(kind: .image, source: "https://example.com/a.jpg")
    for file in [large, refused, other] {
      guard case .failed(_, true) = try next(file) else {
        Issue.record("\(file)")
        continue
      }
    }
  }

  @Test func theTokenIsInNoReason() throws {
    let token = TelegramFixtures.token
    for reply in [
      Sending.refused(400, "cannot read /bot\(token)/x"), Sending.refused(500, token),
      .failure(TransportFailure(.cannotConnect, host: "api.telegram.org:443")),
      .response(HTTPResponse(status: 302, headers: ["Location": token])),
      located("../bot\(token)"),
    ] {
      for name in ["get_file", "file"] {
        let steps = [
          CompletedStep("get_file", located("a")), CompletedStep("get_file", located("a")),
          CompletedStep(name, reply),
        ]
        guard case .failed(let reason, _) = try next(after: steps) else { continue }
        #expect(!reason.contains(token))
      }
    }
  }

  private func next(
    _ file: AttachmentReference? = nil, after steps: [CompletedStep] = []
  ) throws -> FetchStep {
    try TelegramFixtures.provider().nextFetch(
      file ?? self.file, messageID: "6012345678:41", after: steps)
  }

  private func located(_ path: String) -> SendReply {
    Sending.reply(200, ["ok": true, "result": ["file_id": "BQAC_1", "file_path": .string(path)]])
  }
}
