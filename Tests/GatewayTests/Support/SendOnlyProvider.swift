@testable import Gateway

/// The half of a provider that a fake which only sends does not need.
protocol SendOnlyProvider: Transport {}

extension SendOnlyProvider {
  var accounts: [String] { [] }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    .refused(reason: "a fake has no webhooks")
  }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] { [] }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(status: 200)
  }
  func remainingSteps(webhookURL: String) -> [String] { [] }
}
