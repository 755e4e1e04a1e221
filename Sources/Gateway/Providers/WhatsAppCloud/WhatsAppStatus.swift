/// Reports of what became of our messages, wishes about advertisements, and errors of neither.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status>,
/// 2026.
extension WhatsAppChange {
  /// A report, and behind it what its error says about the person's wish.
  func status(_ json: JSON) -> [Item] {
    guard let id = WhatsAppJSON.id(json["id"]), let word = WhatsAppJSON.text(json["status"]) else {
      return [unrecognised("\(field).status", json)]
    }
    let kind = "status.\(WhatsAppJSON.kind(word, otherwise: "word"))"
    if Self.ignoredStatuses.contains(word) { return [ignored(kind, json)] }
    guard var status = Self.statuses[word] else { return [unrecognised(kind, json)] }
    let time = WhatsAppJSON.instant(json["timestamp"])
    var code: Int64?
    var error: ProviderError?
    if status == .failed {
      code = Self.code(json["errors"]?.array?.first)
      error = Self.error(json["errors"]?.array?.first)
      status = WhatsAppErrors.status(error)
    }
    var report = StatusReport(messageID: id, ourID: Self.ourID(json), status: status, error: error)
    report.marketingPause = code.flatMap(WhatsAppErrors.marketingPause)
    // Of a group each participant is told of.
    let participant = WhatsAppJSON.text(
      json["recipient_participant_user_id"], json["recipient_participant_id"])
    let key = ["status", id, word] + [participant].compactMap(\.self)
    var items = [item(key.joined(separator: ":"), at: time, .status(report))]
    if error?.errorClass == WhatsAppErrors.optedOutClass, let person = recipient(json)?.person {
      items.append(
        item(
          "preference:\(id)", at: time,
          .preference(Self.advertisements(.optedOut, person))))
    }
    return items
  }

  private func recipient(_ json: JSON) -> WhatsAppParty? {
    let isGroup = json["recipient_type"]?.string == "group"
    let prefix = isGroup ? "recipient_participant" : "recipient"
    return WhatsAppParty(
      number: WhatsAppJSON.text(json["\(prefix)_id"]),
      userID: WhatsAppJSON.text(json["\(prefix)_user_id"]), in: contacts)
  }

  /// What the person pressed beside an advertisement, or in their settings. `signup` says that they
  /// agreed to something: what, only the business knows.
  /// <…/webhooks/reference/user_preferences>, 2026.
  func preference(_ json: JSON) -> [Item] {
    let word = WhatsAppJSON.text(json["value"]) ?? ""
    let kind = "\(field).\(WhatsAppJSON.kind(word, otherwise: "value"))"
    if word == "signup" { return [ignored(kind, json)] }
    let party = WhatsAppParty(
      number: WhatsAppJSON.text(json["wa_id"]), userID: WhatsAppJSON.text(json["user_id"]),
      in: contacts)
    guard let choice = Self.choices[word], let party,
      WhatsAppJSON.text(json["category"]) ?? Self.marketing == Self.marketing
    else { return [unrecognised(kind, json)] }
    let time = WhatsAppJSON.instant(json["timestamp"]) ?? self.time
    let who = party.userID ?? party.phone?.raw ?? ""
    return [
      item(
        "preference:\(who):\(word):\(time?.millisecondsSinceEpoch ?? 0)", at: time,
        .preference(Self.advertisements(choice, party.person)))
    ]
  }

  private static func advertisements(
    _ choice: PreferenceReport.Choice, _ person: Person
  ) -> PreferenceReport {
    var report = PreferenceReport(
      person: person, transport: .whatsapp, choice: choice, source: "provider")
    report.purpose = .marketing
    return report
  }

  /// Something is wrong with the number or the account, and no message is named.
  func error(_ json: JSON) -> [Item] {
    guard let error = Self.error(json) else { return [unrecognised("\(field).error", json)] }
    let isOfAll = [WhatsAppErrors.accountClass, WhatsAppErrors.credentialsClass]
      .contains(error.errorClass)
    let words = error.detail.map { ": \($0)" } ?? ""
    let report = HealthReport(
      state: .broken, scope: isOfAll ? "channel" : error.errorClass,
      reason: "WhatsApp reports error \(error.code), \(error.title)\(words)"
        + (words.hasSuffix(".") ? "" : "."))
    // Meta gives it no id; with the entry's time, where there is one, another day's is another.
    let mark = "\(time?.millisecondsSinceEpoch ?? 0):\(WhatsAppJSON.mark(json))"
    return [item("health:\(mark)", at: time, .health(report))]
  }

  private static func code(_ json: JSON?) -> Int64? {
    json?["code"]?.integer ?? WhatsAppJSON.text(json?["code"]).flatMap { Int64($0) }
  }

  /// An element of `errors`; `nil` without a code.
  private static func error(_ json: JSON?) -> ProviderError? {
    guard let json, let code = code(json) else { return nil }
    return WhatsAppErrors.error(
      code: code, title: WhatsAppJSON.text(json["title"], json["message"]),
      detail: WhatsAppJSON.text(json["error_data"]?["details"]))
  }

  /// Our own id, which we gave with the send. Another program on the same number gives its own.
  private static func ourID(_ json: JSON) -> String? {
    WhatsAppJSON.text(json["biz_opaque_callback_data"]).flatMap {
      $0.hasPrefix("\(Message.idPrefix)") ? $0 : nil
    }
  }

  /// Our word for each of Meta's. A voice note that was played was read.
  private static let statuses: [String: MessageStatus] = [
    "accepted": .queued, "held_for_quality_assessment": .queued, "pending": .queued, "sent": .sent,
    "delivered": .delivered, "read": .read, "played": .read, "failed": .failed,
  ]

  /// Of older versions: a message taken back, a product no longer sold.
  private static let ignoredStatuses: Set<String> = ["deleted", "warning"]

  private static let choices: [String: PreferenceReport.Choice] = [
    "stop": .optedOut, "resume": .optedIn,
  ]

  private static let marketing = "marketing_messages"
}
