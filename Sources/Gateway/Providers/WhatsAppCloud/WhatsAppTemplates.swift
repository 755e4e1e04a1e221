/// The templates that Meta keeps for the business account.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management>,
/// 2026.
extension WhatsAppCloud: TemplateKeeping {
  /// How many templates one request asks for.
  static let templatesPerPage = 100
  /// The most pages: Meta keeps up to 6,000 templates for an account.
  static let templatePagesMax = 100

  /// The business account, where the settings name it.
  package var templateAccount: String? { businessAccountID }

  /// The name and language of `{"name","language"}`.
  package func templateName(in template: JSONObject) -> (name: String, language: String)? {
    WhatsAppTemplate.named(template)
  }

  /// Page after page. What leads to the next is the cursor, put into an address of our own: the one
  /// that the answer gives may lead anywhere, and would take the token along.
  package func nextTemplates(after steps: [CompletedStep]) -> TemplateStep {
    guard let businessAccountID else {
      return .failed(reason: "set business_account_id to have the templates", isFinal: true)
    }
    guard let last = steps.last else { return .request(page(of: businessAccountID, after: nil)) }
    let page: TemplatePage
    switch read(last.reply) {
    case .failure(let problem): return .failed(reason: problem.reason, isFinal: problem.isFinal)
    case .success(let found): page = found
    }
    if let cursor = page.next {
      guard steps.count < Self.templatePagesMax else {
        return .failed(
          reason: "there is no end to the templates after \(steps.count) pages", isFinal: false)
      }
      return .request(self.page(of: businessAccountID, after: cursor))
    }
    var templates: [ProviderTemplate] = []
    for step in steps {
      switch read(step.reply) {
      case .failure(let problem): return .failed(reason: problem.reason, isFinal: problem.isFinal)
      case .success(let page): templates += page.templates
      }
    }
    return .done(templates)
  }

  private func page(of account: String, after cursor: String?) -> HTTPRequest {
    var fields = [
      ("fields", "id,name,language,status,category,components,rejected_reason"),
      ("limit", String(Self.templatesPerPage)),
    ]
    if let cursor { fields.append(("after", cursor)) }
    let query = String(decoding: Form.encode(fields), as: UTF8.self)
    return app.get("/\(account)/message_templates?\(query)")
  }

  private struct TemplateProblem: Error {
    let reason: String
    let isFinal: Bool
  }

  private struct TemplatePage {
    var templates: [ProviderTemplate]
    var next: String?
  }

  private func read(_ reply: SendReply) -> Result<TemplatePage, TemplateProblem> {
    func problem(_ reason: String, isFinal: Bool = false) -> Result<TemplatePage, TemplateProblem> {
      .failure(TemplateProblem(reason: reason, isFinal: isFinal))
    }
    guard case .response(let response) = reply else {
      if case .failure(let failure) = reply { return problem(failure.description) }
      return problem("there was no answer")
    }
    if let error = MetaError(response) {
      let known = WhatsAppErrors.error(code: error.code, title: nil, detail: nil)
      let words = error.words.map(app.shown) ?? known.title
      let isFinal =
        error.isAboutMissingObject
        || [WhatsAppErrors.credentialsClass, WhatsAppErrors.permanentClass]
          .contains(known.errorClass)
      return problem(
        "Meta refused the templates: \(words) (\(error.code))",
        isFinal: isFinal && !error.isTransient)
    }
    guard (200...299).contains(response.status), let body = try? JSON.parse(response.body),
      let rows = body["data"]?.array
    else { return problem("the answer about the templates is not Meta's (\(response.status))") }
    var page = TemplatePage(templates: rows.compactMap(Self.template))
    if let paging = body["paging"], paging["next"]?.string != nil {
      guard let cursor = paging["cursors"]?["after"]?.string, !cursor.isEmpty else {
        return problem("Meta tells of more templates, and not where")
      }
      page.next = cursor
    }
    return .success(page)
  }

  private static func template(_ row: JSON) -> ProviderTemplate? {
    guard let name = row["name"]?.string, let language = row["language"]?.string,
      let status = row["status"]?.string
    else { return nil }
    let reason = row["rejected_reason"]?.string
    return ProviderTemplate(
      providerID: row["id"]?.string ?? row["id"]?.integer.map { String($0) }, name: name,
      language: language, category: row["category"]?.string, status: status,
      reason: reason == "NONE" || reason == "" ? nil : reason, components: row["components"] ?? [])
  }
}
