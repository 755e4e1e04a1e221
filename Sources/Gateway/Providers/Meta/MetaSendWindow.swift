/// Until when a person may be written to: freely for a day after they wrote, then by a person of
/// the organisation for the rest of a week.
///
/// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages>,
/// 2026. Of the other tags the last ended on 2026-04-27.
enum MetaSendWindow {
  /// How long free content may be sent: 24 hours, counted to the end.
  static let freeMilliseconds: Int64 = 86_400_000
  /// How long a person of the organisation may answer: seven days.
  static let humanMilliseconds: Int64 = 604_800_000

  /// The tag that a message needs now, in Meta's word; `nil` while it needs none.
  ///
  /// - Throws: ``Unsendable`` when it may not be sent now, and for any other tag.
  static func tag(of message: OutboundMessage, on line: MetaSendLine, now: Instant)
    throws(Unsendable) -> String?
  {
    if let tag = message.content.tag, tag.lowercased() != humanAgent {
      throw Unsendable(
        .unsupported, field: "tag",
        former.contains(tag.lowercased())
          ? "Meta takes no messages under this tag since 27 April 2026; only human_agent is left."
          : "\(line.title) knows no such tag; there is only human_agent.")
    }
    let age = message.lastInboundAt.map { now.milliseconds(since: $0) }
    if let age, age < freeMilliseconds { return nil }
    guard message.content.tag != nil else {
      throw Unsendable(
        .windowClosed, field: "tag",
        "\(line.title) takes messages for 24 hours after the person wrote; a person of yours may "
          + "answer for 7 days with the tag human_agent.")
    }
    guard let age, age < humanMilliseconds else {
      throw Unsendable(
        .windowClosed, field: "tag",
        "\(line.title) takes messages for 7 days after the person wrote, and no longer: they have "
          + "to write first.")
    }
    return humanAgent.uppercased()
  }

  private static let humanAgent = "human_agent"
  private static let former: Set = [
    "confirmed_event_update", "account_update", "post_purchase_update",
  ]
}
