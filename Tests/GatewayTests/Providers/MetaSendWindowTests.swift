import Testing

@testable import Gateway

@Suite struct MetaSendWindowTests {
  private typealias Support = MetaSendSupport

  private static let day: Int64 = 86_400_000

  private static func message(
    _ age: Int64?, tag: String? = nil, on line: TransportKind = .instagram
  ) -> OutboundMessage {
    Support.message("Hi", on: line) {
      $0.lastInboundAt = age.map { Support.now.adding(milliseconds: -$0) }
      $0.content.tag = tag
    }
  }

  @Test(arguments: [TransportKind.instagram, .messenger])
  func freeForADayAfterThePersonWrote(_ line: TransportKind) throws {
    for age in [-1_000, 0, Self.day - 1] {
      for tag in [nil, "human_agent"] {
        let body = try Support.bodies(Self.message(age, tag: tag, on: line))[0]
        #expect(body["messaging_type"] == "RESPONSE")
        #expect(body["tag"] == nil)
      }
    }
    for age in [Self.day, 7 * Self.day, nil] {
      let refusal = Support.refusal(Self.message(age, on: line))
      #expect(refusal?.reason == .windowClosed)
      #expect(refusal?.error.errorClass == "window")
    }
  }

  @Test(arguments: [TransportKind.instagram, .messenger])
  func aPersonOfOursMayAnswerForAWeek(_ line: TransportKind) throws {
    for age in [Self.day, 7 * Self.day - 1] {
      for tag in ["human_agent", "HUMAN_AGENT"] {
        let body = try Support.bodies(Self.message(age, tag: tag, on: line))[0]
        #expect(body["messaging_type"] == "MESSAGE_TAG")
        #expect(body["tag"] == "HUMAN_AGENT")
      }
    }
    for age in [7 * Self.day, nil] {
      #expect(
        Support.refusal(Self.message(age, tag: "human_agent", on: line))?.reason == .windowClosed)
    }
  }

  @Test func aMessageThatWaitedIsTaggedWhenItsTurnComes() throws {
    let message = Self.message(Self.day - 1, tag: "human_agent")
    let now = try Support.parts(message)
    let later = try Support.parts(message, at: Support.now.adding(milliseconds: 1))
    #expect(now[0].payload["tag"] == nil)
    #expect(later[0].payload["tag"] == "HUMAN_AGENT")
    #expect(now.count == later.count)
  }

  @Test func everyPartIsTagged() throws {
    let message = Support.message("Hi") {
      $0.lastInboundAt = Support.now.adding(milliseconds: -3 * Self.day)
      $0.content.tag = "human_agent"
      $0.content.attachments = [Support.file(.image)]
    }
    let bodies = try Support.bodies(message)
    #expect(bodies.map { $0["tag"] } == ["HUMAN_AGENT", "HUMAN_AGENT"])
  }

  @Test func otherTagsAreRefusedAlsoWithinTheDay() {
    for tag in ["confirmed_event_update", "ACCOUNT_UPDATE", "post_purchase_update", "agent"] {
      let refusal = Support.refusal(Self.message(0, tag: tag))
      #expect(refusal?.reason == .unsupported)
      #expect(refusal?.field == "tag")
    }
  }
}
