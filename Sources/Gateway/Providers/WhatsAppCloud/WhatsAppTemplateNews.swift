/// News of the templates that Meta keeps for a business account.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update>,
/// `message_template_quality_update`, `template_category_update`, 2026.
extension WhatsAppChange {
  /// What the change tells of a template; `nil` when its field is another.
  func templateItems() -> [Item]? {
    switch field {
    case "message_template_status_update", "message_template_quality_update",
      "template_category_update":
      guard let name = WhatsAppJSON.text(value["message_template_name"]),
        let language = WhatsAppJSON.text(value["message_template_language"])
      else { return [unrecognised(field, value)] }
      var report = TemplateReport(name: name, language: language)
      report.providerID = WhatsAppJSON.id(value["message_template_id"])
      switch field {
      case "message_template_status_update": addStatus(to: &report)
      case "message_template_quality_update":
        report.quality = WhatsAppJSON.text(value["new_quality_score"])
      default: report.category = WhatsAppJSON.text(value["new_category"])
      }
      if report.status == nil, report.quality == nil, report.category == nil {
        return [unrecognised(field, value)]
      }
      return [accountItem("template", nil, .template(report))]
    default: return nil
    }
  }

  private func addStatus(to report: inout TemplateReport) {
    guard let event = WhatsAppJSON.text(value["event"]) else { return }
    switch event {
    // It can be used again, or still.
    case "REINSTATED", "UNARCHIVED", "UNPAUSED": report.status = "APPROVED"
    case "FLAGGED": report.quality = event
    default: report.status = event
    }
    let reason = WhatsAppJSON.text(value["reason"]).flatMap { $0 == "NONE" ? nil : $0 }
    let info = value["other_info"]
    report.reason =
      WhatsAppJSON.text(info?["description"], info?["title"], value["rejection_info"]?["reason"])
      ?? reason
  }
}
