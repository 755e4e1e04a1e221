import Gateway
import Simulator

/// Reads the feed of events as a CRM does, and keeps what it tells of messages of ours.
struct DemoFeed {
  private let api: APIClient
  private var after = "0"
  private var told: [String: [String]] = [:]

  /// The largest page of the feed.
  private static let pageMax = "1000"

  /// A reader that has read nothing.
  init(_ api: APIClient) { self.api = api }

  /// Reads what is new.
  mutating func read() throws(Failure) {
    while true {
      let page = try api.get("/v1/events", [("after", after), ("limit", Self.pageMax)])
      let events = page["data"]?.array ?? []
      if events.isEmpty { return }
      for event in events { note(event) }
      after = page.text("next_cursor")
    }
  }

  /// What was told of a message, in order: statuses, and attempts that failed.
  func course(of message: String) -> [String] { told[message] ?? [] }

  /// The status that was told last of a message.
  func status(of message: String) -> MessageStatus? {
    course(of: message).reversed().lazy.compactMap(MessageStatus.init(rawValue:)).first
  }

  private mutating func note(_ event: JSON) {
    guard let data = event["data"] else { return }
    switch event.text("type") {
    case "message.queued" where data["message_id"] == nil: told[data.text("id")] = ["queued"]
    case "delivery.attempt_failed":
      let error = data["error"]?["code"]?.string ?? data.text("outcome")
      let word = data["next_attempt_at"]?.isNull ?? true ? "failed" : "try again"
      told[data.text("message_id"), default: []].append("\(word) (\(error.harmless))")
    case let type where type.hasPrefix("message."):
      guard let status = data["status"]?.string else { return }
      told[data.text("message_id"), default: []].append(status)
    default: break
    }
  }
}
