import Testing

@testable import Gateway

@Suite struct MetaSendOutcomeTests {
  private typealias Support = MetaSendSupport

  private static func outcome(
    _ reply: SendReply, tries: Int = 0, change: (inout OutboundMessage) -> Void = { _ in }
  ) throws -> SendOutcome {
    let message = Support.message("Hi") {
      $0.tries = tries
      change(&$0)
    }
    return try #require(try Support.outcome(message, reply))
  }

  /// A row of the table: a code, and what comes of a message.
  struct Row: CustomTestStringConvertible {
    let code: Int64
    let subcode: Int64?
    let outcome: String
    let errorClass: String

    init(_ code: Int64, _ subcode: Int64?, _ outcome: String, _ errorClass: String) {
      self.code = code
      self.subcode = subcode
      self.outcome = outcome
      self.errorClass = errorClass
    }

    var testDescription: String { "\(code)-\(subcode.map(String.init) ?? "")" }
  }

  static let rows = [
    Row(1, nil, "retry", "retry"), Row(2, nil, "retry", "retry"),
    Row(2, 1_363_041, "retry", "retry"),
    Row(1, 1_357_046, "ambiguous", "ambiguous"), Row(1, 5, "ambiguous", "ambiguous"),
    Row(4, nil, "retry", "throughput"), Row(17, nil, "retry", "throughput"),
    Row(32, nil, "retry", "throughput"), Row(613, nil, "retry", "throughput"),
    Row(613, 2_534_040, "retry", "throughput"), Row(613, 2_018_338, "retry", "throughput"),
    Row(80_006, nil, "retry", "throughput"),
    Row(10, 2_534_022, "rejected", "window"), Row(10, 2_018_278, "rejected", "window"),
    Row(10, 2_018_065, "rejected", "window"),
    Row(551, nil, "unreachable", "unreachable"), Row(551, 1_545_041, "unreachable", "unreachable"),
    Row(200, 1_545_041, "unreachable", "unreachable"),
    Row(10, 2_018_108, "unreachable", "unreachable"),
    Row(100, 2_018_001, "unreachable", "unreachable"),
    Row(100, 2_534_014, "unreachable", "unreachable"), Row(100, 33, "unreachable", "unreachable"),
    Row(100, 2_534_029, "unreachable", "unreachable"),
    Row(9_000_001, nil, "unreachable", "unreachable"),
    Row(100, nil, "rejected", "permanent"), Row(100, 2_534_015, "rejected", "permanent"),
    Row(100, 77, "rejected", "permanent"), Row(2022, nil, "rejected", "permanent"),
    Row(36103, nil, "rejected", "permanent"),
    Row(100, 2_534_037, "rejected", "thread_control"),
    Row(100, 2_018_300, "rejected", "thread_control"),
    Row(10, 2_018_300, "rejected", "thread_control"),
    Row(190, nil, "channel_broken", "credentials"), Row(190, 460, "channel_broken", "credentials"),
    Row(102, nil, "channel_broken", "credentials"), Row(10, nil, "channel_broken", "credentials"),
    Row(10, 77, "channel_broken", "credentials"), Row(200, nil, "channel_broken", "credentials"),
    Row(230, nil, "channel_broken", "credentials"), Row(1, 99, "channel_broken", "credentials"),
    Row(200, 2_018_028, "channel_broken", "credentials"),
    Row(10, 2_534_077, "channel_broken", "credentials"),
    Row(200, 2_534_041, "channel_broken", "credentials"),
    Row(3, nil, "channel_broken", "credentials"),
    Row(10, 1_893_063, "channel_broken", "account"), Row(368, nil, "channel_broken", "account"),
    Row(424_242, nil, "rejected", "permanent"),
  ]

  @Test(arguments: rows)
  func everyCodeHasItsMeaningWhateverTheStatus(_ row: Row) throws {
    for status in [400, 403] {
      let outcome = try Self.outcome(Support.refused(row.code, row.subcode, status: status))
      #expect(outcome.word == row.outcome)
      #expect(outcome.error?.errorClass == row.errorClass)
    }
    if row.code != 424_242 {
      let outcome = try Self.outcome(Support.refused(row.code, row.subcode, status: 500))
      #expect(outcome.word == row.outcome)
    }
  }

  @Test(arguments: [2_018_008, 2_018_047, 2_018_294, 2_018_109, 2_018_074] as [Int64])
  func aFileThatWasNotFetchedIsSentOnceMore(_ subcode: Int64) throws {
    #expect(try Self.outcome(Support.refused(100, subcode)).word == "retry")
    let again = try Self.outcome(Support.refused(100, subcode), tries: 1)
    #expect(again.word == "rejected")
    #expect(again.error?.errorClass == "media")
  }

  @Test func aFailureThatStaysIsAPersonWhoBlockedUs() throws {
    #expect(
      try (0...1).allSatisfy { try Self.outcome(Support.refused(2), tries: $0).word == "retry" })
    #expect(try Self.outcome(Support.refused(2), tries: 2).verdict == .unreachable)
    #expect(try Self.outcome(Support.refused(1), tries: 9).word == "retry")
  }

  @Test func tooManyRequestsHoldTheChannelForAsLongAsMetaSays() throws {
    #expect(
      try Self.outcome(Support.refused(613)).verdict
        == .retry(afterMilliseconds: 60_000, scope: .channel))
    let usage = """
      {"1":[{"type":"messenger","estimated_time_to_regain_access":3}],\
      "2":[{"type":"messenger","estimated_time_to_regain_access":12}]}
      """
    #expect(
      try Self.outcome(Support.refused(80_006, headers: ["X-Business-Use-Case-Usage": usage]))
        .verdict
        == .retry(afterMilliseconds: 720_000, scope: .channel))
  }

  @Test func anObjectThatIsNotThereIsThePersonUnlessItIsTheAccount() throws {
    let words = "Object with ID '\(Support.account)' does not exist"
    #expect(try Self.outcome(Support.refused(100, 33, words)).verdict == .channelBroken)
    #expect(
      try Self.outcome(Support.refused(100, 33, "Object with ID '65' does not exist")).verdict
        == .unreachable)
  }

  @Test func successHasAnId() throws {
    let sent = try Self.outcome(Support.reply(200, ["recipient_id": "6", "message_id": "m_9"]))
    #expect(sent.verdict == .accepted(ids: ["m_9"]))
    for body: JSON in [["recipient_id": "6"], ["message_id": ""], [:], []] {
      #expect(try Self.outcome(Support.reply(200, body)).verdict == .ambiguous)
    }
  }

  @Test func withoutACodeTheStatusDecides() throws {
    for (status, word) in [
      (302, "channel_broken"), (400, "rejected"), (401, "channel_broken"), (403, "channel_broken"),
      (404, "channel_broken"), (408, "ambiguous"), (429, "retry"), (500, "ambiguous"),
      (502, "ambiguous"), (503, "ambiguous"),
    ] {
      #expect(try Self.outcome(.response(HTTPResponse(status: status))).word == word)
    }
    #expect(try Self.outcome(Support.refused(424_242, status: 500)).word == "ambiguous")
    #expect(try Self.outcome(Support.refused(424_242, status: 401)).word == "channel_broken")
    #expect(try Self.outcome(Support.refused(424_242, transient: true)).word == "retry")
  }

  @Test func withoutAnAnswerItIsInDoubtIfAnythingLeft() throws {
    for (kind, word) in [
      (TransportFailure.Kind.timedOut(afterRequestSent: true), "ambiguous"), (.other, "ambiguous"),
      (.cannotConnect, "retry"), (.tls, "retry"),
    ] {
      let failure = TransportFailure(kind, host: "graph.instagram.com:443")
      #expect(try Self.outcome(.failure(failure)).word == word)
    }
  }

  @Test func aReactionIsPutAgainRatherThanLeftInDoubt() throws {
    func outcome(_ reply: SendReply) throws -> SendOutcome {
      try Self.outcome(reply) {
        $0.content = OutboundContent()
        $0.content.reaction = "❤️"
        $0.replyTo = "m_7"
      }
    }
    #expect(
      try outcome(Support.reply(200, ["recipient_id": "6"])).verdict
        == .accepted(ids: ["reaction:msg_1"]))
    #expect(try outcome(Support.reply(200, [:])).word == "retry")
    #expect(try outcome(.response(HTTPResponse(status: 502))).word == "retry")
    #expect(try outcome(Support.refused(10, 2_534_022)).word == "rejected")
  }

  @Test func noSecretIsRepeated() throws {
    let outcome = try Self.outcome(Support.refused(100, nil, "Bad token \(Support.token)"))
    #expect("\(outcome)".contains(Support.token) == false)
  }
}
