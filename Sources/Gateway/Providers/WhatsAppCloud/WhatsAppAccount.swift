/// News of the business account and its numbers: what a person has to act on.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update>,
/// `account_review_update`, `account_alerts`, `phone_number_quality_update`,
/// `phone_number_name_update`, 2026.
///
/// They name a number by how it is shown, if at all, so most are for the whole account.
extension WhatsAppChange {
  /// What the change tells of the account; `nil` when its field is another.
  func accountItems() -> [Item]? {
    switch field {
    case "account_update": [accountUpdate()]
    case "account_review_update": [accountReview()]
    case "account_alerts": [accountAlert()]
    case "phone_number_quality_update": [numberQuality()]
    case "phone_number_name_update": [numberName()]
    default: nil
    }
  }

  private func accountUpdate() -> Item {
    guard let event = WhatsAppJSON.text(value["event"]) else { return unrecognised(field, value) }
    // Of news to a partner the entry names the partner.
    let account = WhatsAppJSON.id(value["waba_info"]?["waba_id"])
    let kind = "\(field).\(WhatsAppJSON.kind(event, otherwise: "event"))"
    switch event {
    case "DISABLED_UPDATE": return ban(account)
    case "ACCOUNT_RESTRICTION": return restriction(account)
    case "ACCOUNT_VIOLATION":
      let type = shown(value["violation_info"]?["violation_type"]).map { " (\($0))" } ?? ""
      return news(
        account, .broken,
        "Meta says that the account violates a policy\(type): see Business Support Home at Meta "
          + "before it is restricted.")
    case "ACCOUNT_DELETED":
      return news(account, .paused, "The WhatsApp Business Account was deleted at Meta.")
    case "ACCOUNT_OFFBOARDED":
      return news(
        account, .paused,
        "The number was taken off the Cloud API: connect it again from the WhatsApp Business app.")
    case "PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED":
      let why = shown(value["disconnection_info"]?["reason"]).map { " (\($0))" } ?? ""
      return news(
        account, .paused,
        "The app no longer has access to the WhatsApp Business Account\(why): connect it again.")
    case "ACCOUNT_RECONNECTED":
      return news(account, .recovered, "The number is on the Cloud API again: resume its channel.")
    default:
      return Self.ignoredEvents.contains(event)
        ? ignored(kind, value) : unrecognised(kind, value)
    }
  }

  private static let ignoredEvents: Set<String> = [
    "AD_ACCOUNT_LINKED", "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
    "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE", "MM_LITE_TERMS_SIGNED", "PARTNER_ADDED",
    "PARTNER_APP_INSTALLED", "PARTNER_CLIENT_CERTIFICATION_NEEDED",
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE", "PHONE_NUMBER_ADDED", "PHONE_NUMBER_REMOVED",
    "VERIFIED_ACCOUNT", "VOLUME_BASED_PRICING_TIER_UPDATE",
  ]

  /// The reference writes the state as a text, older samples as a list.
  private func ban(_ account: String?) -> Item {
    let info = value["ban_info"] ?? .null
    let state =
      WhatsAppJSON.text(info["waba_ban_state"])
      ?? info["waba_ban_state"]?.array?.lazy.compactMap { WhatsAppJSON.text($0) }.first ?? ""
    let date = shown(info["waba_ban_date"]).map { " on \($0)" } ?? ""
    switch state {
    case "REINSTATE":
      return news(
        account, .recovered,
        "Meta has reinstated the WhatsApp Business Account: resume its channels.")
    case "SCHEDULE_FOR_DISABLE":
      return news(
        account, .paused,
        "Meta will disable the WhatsApp Business Account\(date): appeal in Business Support Home "
          + "at Meta.")
    default:
      return news(
        account, .paused,
        "Meta has disabled the WhatsApp Business Account\(date): appeal in Business Support Home "
          + "at Meta.")
    }
  }

  private func restriction(_ account: String?) -> Item {
    let kinds = (value["restriction_info"]?.array ?? []).compactMap {
      shown($0["restriction_type"])
    }
    // Nothing goes out at all when even answers are forbidden.
    let isTotal = kinds.contains("RESTRICTED_CUSTOMER_INITIATED_MESSAGING")
    let names = kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
    return news(
      account, isTotal ? .paused : .broken,
      "Meta restricts what the account may do\(names): see Business Support Home at Meta.")
  }

  private func accountReview() -> Item {
    switch WhatsAppJSON.text(value["decision"]) {
    case "APPROVED": news(nil, .recovered, scope: "review", "Meta has approved the account.")
    case "REJECTED":
      news(
        nil, .broken, scope: "review",
        "Meta has not approved the account: see Business Support Home at Meta.")
    case "PENDING", "DEFERRED": ignored(field, value)
    default: unrecognised(field, value)
    }
  }

  private func accountAlert() -> Item {
    let info = value["alert_info"] ?? .null
    guard let type = WhatsAppJSON.text(info["alert_type"]) else {
      return unrecognised(field, value)
    }
    let isGrave = ["CRITICAL", "WARNING"].contains(WhatsAppJSON.text(info["alert_severity"]))
    guard isGrave, WhatsAppJSON.text(info["alert_status"]) != "NONE" else {
      return ignored(field, value)
    }
    let isOfNumber = WhatsAppJSON.text(value["entity_type"]) == "PHONE_NUMBER"
    let words = shown(info["alert_description"]) ?? "see WhatsApp Manager at Meta"
    let word = WhatsAppJSON.kind(type, otherwise: "alert")
    return news(
      isOfNumber ? WhatsAppJSON.id(value["entity_id"]) : nil, .broken, scope: "alert:\(word)",
      "Meta warns (\(word)): \(words)")
  }

  private func numberQuality() -> Item {
    let limit =
      shown(value["current_limit"], value["max_daily_conversations_per_business"])
      .map { " (\($0))" } ?? ""
    switch WhatsAppJSON.text(value["event"]) {
    case "FLAGGED":
      return news(
        phoneNumberID, .broken, scope: "quality",
        "Meta has flagged \(number) for low quality: people block or report it, so send fewer "
          + "advertisements.")
    case "UNFLAGGED":
      return news(
        phoneNumberID, .recovered, scope: "quality", "Meta no longer flags \(number).")
    case "DOWNGRADE":
      return news(
        phoneNumberID, .broken, scope: "quality",
        "Meta has lowered how many people \(number) may write to in a day\(limit).")
    case "UPGRADE":
      return news(
        phoneNumberID, .recovered, scope: "quality",
        "Meta has raised how many people \(number) may write to in a day\(limit).")
    case "ONBOARDING", "THROUGHPUT_UPGRADE": return ignored(field, value)
    default: return unrecognised(field, value)
    }
  }

  private func numberName() -> Item {
    let name = shown(value["requested_verified_name"]).map { " \"\($0)\"" } ?? ""
    switch WhatsAppJSON.text(value["decision"]) {
    case "APPROVED":
      return news(
        phoneNumberID, .recovered, scope: "name",
        "Meta has approved the name\(name) of \(number).")
    case "REJECTED":
      let why = shown(value["rejection_reason"]).map { " (\($0))" } ?? ""
      return news(
        phoneNumberID, .broken, scope: "name",
        "Meta has not approved the name\(name) of \(number)\(why): ask for another in WhatsApp "
          + "Manager.")
    case "PENDING", "DEFERRED": return ignored(field, value)
    default: return unrecognised(field, value)
    }
  }

  private var number: String {
    shown(value["display_phone_number"]).map { "the number \($0)" } ?? "a number of the account"
  }

  /// A word of Meta's for a sentence, cut to what a sentence bears.
  private func shown(_ json: JSON?, _ other: JSON? = nil) -> String? {
    WhatsAppJSON.text(json, other).map { String($0.prefix(Self.wordLengthMax)) }
  }

  /// Descriptions of alerts are a sentence or two.
  private static let wordLengthMax = 300

  private func news(
    _ account: String?, _ state: HealthReport.State, scope: String = "channel", _ reason: String
  ) -> Item {
    accountItem(
      "health", account, .health(HealthReport(state: state, scope: scope, reason: reason)))
  }

  /// An item for the account, or for one that is named more exactly. It has no id: the time of the
  /// entry tells it from the same news of another day.
  func accountItem(_ kind: String, _ account: String?, _ fact: Fact) -> Item {
    let mark = "\(time?.millisecondsSinceEpoch ?? 0):\(WhatsAppJSON.mark(value))"
    return Item(
      key: "\(kind):\(mark)", account: account ?? phoneNumberID ?? businessAccountID,
      occurredAt: time, fact: fact)
  }
}
