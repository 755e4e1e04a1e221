/// Reads what Event Streams post: a JSON array of CloudEvents.
/// <https://www.twilio.com/docs/events>, 2026; delivered at least once and in any order.
enum TwilioEvents {
  /// What each event tells, in the order of the request. An event that cannot be read is
  /// `unrecognised` and does not take the others with it.
  ///
  /// - Throws: ``Unreadable`` when the body is no JSON.
  static func read(_ body: [UInt8]) throws(Unreadable) -> [Item] {
    if body.isEmpty { throw Unreadable("the request is empty") }
    let document: JSON
    do {
      document = try JSON.parse(body)
    } catch {
      throw Unreadable("the body is no JSON: \(error)")
    }
    var items: [Item] = []
    for (index, event) in (document.array ?? [document]).enumerated() {
      items += self.items(event) { "unrecognised:\(Hex.encode(Crypto.sha256(body))):\(index)" }
    }
    return items
  }

  private static func items(_ event: JSON, fallbackKey: () -> String) -> [Item] {
    let type = event["type"]?.string
    let data = event["data"]
    let time = data?["timestamp"]?.string ?? event["time"]?.string
    let occurredAt = time.flatMap { Instant(iso8601: $0) }
    let account = data?["accountSid"]?.string
    if let type, type.hasPrefix(messagePrefix), let sid = data?["messageSid"]?.string {
      let word = data?["messageStatus"]?.string ?? String(type.dropFirst(messagePrefix.count))
      var status = TwilioStatus(sid: sid, word: word.lowercased())
      status.to = data?["to"]?.string
      status.code = data?["errorCode"].flatMap { $0.string ?? $0.integer.map(String.init) }
      status.detail = data?["errorMessage"]?.string
      status.account = account
      status.occurredAt = occurredAt
      return status.items
    }
    let kind = String((type ?? "json").prefix(Twilio.kindCharactersMax))
    // The id alone is not enough: the test event of a sink has the account's.
    let key = event["id"]?.string.map { "event:\($0):\(event["time"]?.string ?? "")" }
    return [
      Item(
        key: key ?? fallbackKey(), account: account, occurredAt: occurredAt,
        fact: type.map(ignoredTypes.contains) == true
          ? .ignored(kind: kind) : .unrecognised(kind: kind))
    ]
  }

  private static let messagePrefix = "com.twilio.messaging.message."

  /// Known and of no use: a new sink's test, and inbound messages, which come complete to the
  /// messaging webhook; an event has neither their media nor their sender's profile, and under the
  /// same key would keep the full message out.
  private static let ignoredTypes: Set<String> = [
    "com.twilio.eventstreams.test-event", "com.twilio.messaging.inbound-message.received",
  ]
}
