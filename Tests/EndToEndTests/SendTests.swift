import Gateway
import Testing

@testable import trunkline

/// What `trunkline send` makes of its words.
@Suite struct SendTests {
  private static let now = Instant(millisecondsSinceEpoch: 1_790_000_000_000)

  private func body(_ words: [String]) throws -> JSONObject {
    let arguments = try #require(try Arguments(words, of: .send, typed: "send"))
    return try Send.body(arguments, now: Self.now)
  }

  @Test func itsWordsBecomeTheRequest() throws {
    let body = try body([
      "--to", "+46701234567", "--transport", "sms", "--text", "Hi", "--file",
      "https://example.com/a.png", "--file", "https://example.com/b.png", "--at", "+15m",
      "--expires", "2026-10-01T00:00:00Z", "--priority", "high", "--fallback", "email",
    ])
    let expected: JSON = [
      "to": ["address": "+46701234567", "transport": "sms"], "text": "Hi",
      "attachments": [
        ["url": "https://example.com/a.png"], ["url": "https://example.com/b.png"],
      ],
      "send_at": JSON(Self.now.adding(milliseconds: 900_000)),
      "expires_at": "2026-10-01T00:00:00.000Z", "priority": "high", "fallback": ["email"],
    ]
    #expect(JSON.object(body) == expected)
    // What the program asks for is what the daemon reads.
    let request = try EnqueueRequest(body, now: Self.now)
    #expect(request.content.attachments.count == 2)
  }

  @Test(arguments: [
    ["--text", "x"], ["--to", "+46701234567", "--text", "x"],
    ["--to", "a", "--chat", "b", "--text", "x"], ["--chat", "cht_x"],
    ["--chat", "cht_x", "--text", "x", "--at", "soon"],
    ["--chat", "cht_x", "--text", "x", "--at", "+5"],
    ["--chat", "cht_x", "--text", "x", "--priority", "urgent"],
    ["--to", "a", "--transport", "smss", "--text", "x"],
  ])
  func aCallThatCannotBeMeantIsRefused(_ words: [String]) {
    #expect(throws: UsageError.self) { try body(words) }
  }
}
