/// Telling Meta our address and looking at what it has.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override>,
/// 2026.
///
/// An address is entered in the app, for all its business accounts; one of the account's own, or of
/// the number's where the account is not known, goes before it. Of news about accounts and
/// templates only the app's address learns.
extension WhatsAppCloud: WebhookRegistering {
  /// The longest address that Meta takes for an account or a number.
  static let addressLengthMax = 200

  /// Subscribes the app to the business account and gives it our address.
  package func registration(webhookURL: String) -> HTTPRequest {
    let override: JSONObject = [
      "override_callback_uri": .string(webhookURL),
      "verify_token": .string(
        app.verifyTokens.first.map { String(decoding: $0, as: UTF8.self) } ?? ""),
    ]
    guard let businessAccountID else {
      return app.post("/\(phoneNumberID)", ["webhook_configuration": .object(override)])
    }
    return app.post("/\(businessAccountID)/subscribed_apps", .object(override))
  }

  /// `nil` when Meta took the address.
  package func registrationProblem(_ response: HTTPResponse) -> String? {
    let answer = (try? JSON.parse(response.body)) ?? .null
    if (200..<300).contains(response.status), answer["success"]?.bool == true { return nil }
    return problem(response.status, answer)
  }

  /// Asks for the apps that are subscribed, or for the number's own address.
  package func inspection() -> HTTPRequest {
    app.get(
      businessAccountID.map { "/\($0)/subscribed_apps" }
        ?? "/\(phoneNumberID)?fields=webhook_configuration")
  }

  /// Compares what Meta has with what this channel needs.
  package func inspectionFindings(
    _ response: HTTPResponse, webhookURL: String, now: Instant
  ) -> [String] {
    let answer = (try? JSON.parse(response.body)) ?? .null
    guard (200..<300).contains(response.status), answer["error"] == nil else {
      return [problem(response.status, answer)]
    }
    if businessAccountID == nil {
      return findings(answer["webhook_configuration"] ?? .null, webhookURL)
    }
    guard let apps = answer["data"]?.array, !apps.isEmpty else {
      return ["No app is subscribed to the business account, so nothing is sent: register."]
    }
    let addresses = apps.map { WhatsAppJSON.text($0["override_callback_uri"]) }
    if addresses.contains(webhookURL) { return [] }
    // An app without an address of the account's own sends to the one that was entered in it, which
    // this token cannot see.
    if addresses.contains(nil) { return [] }
    return [Self.elsewhere]
  }

  /// `webhook_configuration` has the addresses that go before one another: the number's, the
  /// account's, the app's.
  private func findings(_ configuration: JSON, _ webhookURL: String) -> [String] {
    let names = ["phone_number", "whatsapp_business_account", "application"]
    let addresses = names.compactMap { WhatsAppJSON.text(configuration[$0]) }
    guard let first = addresses.first else {
      return ["Meta has no address for the number's messages: register."]
    }
    return first == webhookURL ? [] : [Self.elsewhere]
  }

  /// The path of a stranger's webhook is often its secret: none of it is shown.
  private static let elsewhere =
    "Meta sends to another address: register this one, or find out who uses the number."

  private func problem(_ status: Int, _ answer: JSON) -> String {
    let error = answer["error"]
    let said = WhatsAppJSON.text(error?["error_user_msg"], error?["message"])
    let words = said.map { ": \(withoutSecrets($0))" } ?? "."
    switch error?["code"]?.integer {
    case 190?:
      return "Meta does not accept the access_token: make a new one for the system user."
    case 3?, 10?, .some(200...299), 131005?:
      return "The access_token lacks a permission: it needs whatsapp_business_management and "
        + "whatsapp_business_messaging, and the system user the WhatsApp account as an asset."
    case 33?, 100?:
      return "Meta does not find the business_account_id or phone_number_id, or the access_token "
        + "may not see it\(words)"
    case 2200?:
      return
        "Meta could not verify the address: it has to be reached from the Internet over https, "
        + "with a complete certificate chain\(words)"
    case let code?: return "Meta refused with error \(code)\(words)"
    case nil:
      return "Meta answered with status \(status) and no reason: try again, and check api_base_url."
    }
  }

  /// Meta's own words, unless they hold what must not be shown.
  private func withoutSecrets(_ text: String) -> String {
    let hidden =
      [app.accessToken]
      + (app.verifyTokens + app.secrets).map { String(decoding: $0, as: UTF8.self) }
    return hidden.contains { !$0.isEmpty && text.contains($0) }
      ? "(not shown: it holds a secret)" : String(text.prefix(Self.problemLengthMax))
  }

  /// Meta's explanations are a sentence or two.
  private static let problemLengthMax = 300

  /// What to do in Meta's console.
  package func remainingSteps(webhookURL: String) -> [String] {
    var steps = [
      "At https://developers.facebook.com open the app, WhatsApp, Configuration: enter the "
        + "callback URL \(webhookURL) and the channel's verify_token.",
      "There, under Webhook fields, subscribe to \(Self.fields.joined(separator: ", ")).",
      "Set the app to Live: in development Meta sends only part of the messages.",
    ]
    if businessAccountID == nil {
      steps.append(
        "Set business_account_id, for templates and for warnings about the account.")
    }
    // A longer address cannot be an account's own.
    if webhookURL.utf8.count <= Self.addressLengthMax {
      steps.append(
        "Where the app's one address is another's, give this account its own: trunkline channels "
          + "check <id> --register.")
    }
    return steps
  }

  /// The fields that say something this channel makes use of.
  static let fields = [
    "messages", "message_template_status_update", "message_template_quality_update",
    "template_category_update", "account_update", "account_review_update", "account_alerts",
    "phone_number_quality_update", "phone_number_name_update", "user_preferences",
    "user_id_update", "smb_message_echoes", "history",
  ]
}
