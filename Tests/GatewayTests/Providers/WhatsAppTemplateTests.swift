import Testing

@testable import Gateway

private typealias Sending = WhatsAppSendingSupport

@Suite struct WhatsAppTemplateTests {
  private static let definition = ProviderTemplate(
    name: "order_ready", language: "pt_BR", category: "UTILITY", status: "APPROVED",
    components: [
      ["type": "HEADER", "format": "TEXT", "text": "Pedido {{1}}"],
      ["type": "BODY", "text": "Olá {{1}}, {{2}} está pronto, {{1}}."],
      [
        "type": "BUTTONS",
        "buttons": [
          ["type": "QUICK_REPLY", "text": "Obrigado"],
          ["type": "URL", "text": "Ver", "url": "https://shop.example.com/{{1}}"],
          ["type": "PHONE_NUMBER", "text": "Ligar"],
        ],
      ],
    ])

  private static func text(_ text: String) -> JSON { ["type": "text", "text": .string(text)] }

  private static let header: JSON = ["type": "header", "parameters": [text("9911")]]
  private static let body: JSON = ["type": "body", "parameters": [text("Rafaela"), text("9911")]]
  private static let link: JSON = [
    "type": "button", "sub_type": "url", "index": "1", "parameters": [text("9911")],
  ]

  private static func refusal(
    _ components: [JSON], _ definition: ProviderTemplate = definition,
    to recipient: Recipient = Sending.rafaela
  ) -> Unsendable? {
    let template: JSONObject = [
      "name": "order_ready", "language": "pt_BR", "components": .array(components),
    ]
    return Sending.refusal(Sending.templated(template, definition, to: recipient))
  }

  @Test func whatFillsATemplateHasToMatchIt() {
    #expect(Self.refusal([Self.header, Self.body, Self.link]) == nil)
    for (components, field) in [
      ([Self.header, Self.link], "components"),
      ([Self.body, Self.link], "components"),
      ([Self.header, Self.body], "components"),
      ([Self.header, Self.body, Self.link, Self.link], "components[3].index"),
      ([Self.header, Self.body, Self.body, Self.link], "components[2]"),
      (
        [Self.header, ["type": "body", "parameters": [Self.text("x")]], Self.link], "components[1]"
      ),
    ] as [([JSON], String)] {
      let refusal = Self.refusal(components)
      #expect(refusal?.reason == .invalidTemplate)
      #expect(refusal?.field == "provider_template.\(field)")
    }
  }

  @Test func aButtonIsOfItsKindAndInItsPlace() {
    func button(_ kind: String, _ index: JSON, _ parameters: [JSON] = []) -> JSON {
      [
        "type": "button", "sub_type": .string(kind), "index": index,
        "parameters": .array(parameters),
      ]
    }
    func field(_ button: JSON) -> String? {
      Self.refusal([Self.header, Self.body, Self.link, button])?.field
    }
    let reply: JSON = ["type": "payload", "payload": "thanks"]
    #expect(field(button("quick_reply", "0", [reply])) == nil)
    #expect(field(button("quick_reply", 0, [reply])) == nil)
    #expect(field(button("quick_reply", 2)) == "provider_template.components[3].sub_type")
    #expect(field(button("quick_reply", 3)) == "provider_template.components[3].index")
    #expect(field(button("quick_reply", "x")) == "provider_template.components[3].index")
    let links: [JSON] = [Self.header, Self.body, button("url", 1, [])]
    #expect(Self.refusal(links)?.field == "provider_template.components[2].parameters")
  }

  @Test(arguments: ["a\nb", "a\tb", "a\rb", "a     b", ""])
  func aTextHasNoBreaksAndFewSpaces(_ text: String) {
    let body: JSON = ["type": "body", "parameters": [Self.text("ok    ok"), Self.text(text)]]
    #expect(
      Self.refusal([Self.header, body, Self.link])?.field
        == "provider_template.components[1].parameters[1].text")
  }

  @Test func namedParametersAreFoundByName() {
    var definition = Self.definition
    definition.components = [["type": "BODY", "text": "Olá {{first_name}}, {{order}}."]]
    func named(_ names: String...) -> [JSON] {
      [
        [
          "type": "body",
          "parameters": .array(
            names.map { ["type": "text", "text": "x", "parameter_name": .string($0)] }),
        ]
      ]
    }
    #expect(Self.refusal(named("order", "first_name"), definition) == nil)
    #expect(Self.refusal(named("order", "name"), definition)?.reason == .invalidTemplate)
    #expect(Self.refusal(named("order"), definition)?.reason == .invalidTemplate)
  }

  @Test(arguments: ["IMAGE", "VIDEO", "DOCUMENT", "LOCATION"])
  func aHeaderThatIsAFileNeedsOneOfItsKind(_ format: String) {
    var definition = Self.definition
    definition.components = [["type": "HEADER", "format": .string(format)]]
    let kind = format.lowercased()
    func header(_ type: String, _ value: JSON) -> [JSON] {
      [["type": "header", "parameters": [["type": .string(type), type: value]]]]
    }
    #expect(Self.refusal(header(kind, ["link": "https://e.org/x"]), definition) == nil)
    #expect(Self.refusal(header(kind, [:]), definition)?.reason == .invalidTemplate)
    #expect(Self.refusal(header("text", "x"), definition)?.reason == .invalidTemplate)
    #expect(Self.refusal([], definition)?.reason == .invalidTemplate)
  }

  @Test func aTemplateThatMetaDoesNotSendIsNotAskedFor() {
    for status in ["PENDING", "REJECTED", "PAUSED", "DISABLED", "DELETED", "paused"] {
      var definition = Self.definition
      definition.status = status
      definition.reason = "WHY_EVER"
      let refusal = Self.refusal([Self.header, Self.body, Self.link], definition)
      #expect(refusal?.reason == .invalidTemplate)
      #expect(refusal?.description.contains("WHY_EVER") == true)
    }
    let unknown = Sending.message {
      $0.content.providerTemplate = ["name": "other", "language": "pt_BR"]
      $0.knowsTemplates = true
    }
    #expect(Sending.refusal(unknown)?.reason == .invalidTemplate)
    // Never synced: Meta alone can say.
    let unsynced = Sending.templated(["name": "other", "language": ["code": "pt_BR"]])
    #expect(Sending.refusal(unsynced) == nil)
  }

  @Test func aTemplateThatIsOnlyHeardOfIsLeftToMeta() {
    var definition = Self.definition
    definition.components = []
    #expect(Self.refusal([], definition) == nil)
  }

  @Test func codesToSignInWithNeedATelephoneNumber() {
    var definition = Self.definition
    definition.category = "AUTHENTICATION"
    let all = [Self.header, Self.body, Self.link]
    #expect(Self.refusal(all, definition) == nil)
    #expect(Self.refusal(all, definition, to: Sending.hidden)?.reason == .wrongAddress)
    #expect(Self.refusal(all, to: Sending.hidden) == nil)
  }

  @Test(
    arguments: [
      [:], ["name": "x"], ["language": "pt_BR"], ["name": "", "language": "pt_BR"],
      ["name": "x", "language": ["policy": "deterministic"]],
      ["name": "x", "language": "pt_BR", "components": "no"],
      ["name": "x", "language": "pt_BR", "components": [["parameters": []]]],
      ["name": "x", "language": "pt_BR", "components": [["type": "body", "parameters": "no"]]],
      ["name": "x", "language": "pt_BR", "components": [["type": "body", "parameters": [[:]]]]],
      ["name": "x", "language": "pt_BR", "parameters": []],
    ] as [JSONObject])
  func whatIsNoTemplateIsRefused(_ template: JSONObject) {
    #expect(Sending.refusal(Sending.templated(template))?.reason == .invalidTemplate)
  }

  // MARK: The list of templates

  private static func row(_ name: String, _ more: JSONObject = [:]) -> JSON {
    var row: JSONObject = [
      "id": .string("id-\(name)"), "name": .string(name), "language": "pt_BR",
      "status": "APPROVED", "category": "UTILITY", "components": [],
    ]
    for member in more { row[member.key] = member.value }
    return .object(row)
  }

  private static func page(_ rows: [JSON], after cursor: String? = nil) -> CompletedStep {
    var body: JSONObject = ["data": .array(rows)]
    if let cursor {
      body["paging"] = [
        "cursors": ["after": .string(cursor)], "next": "https://elsewhere.example/?after=zzz",
      ]
    }
    return CompletedStep("templates", Sending.reply(200, .object(body)))
  }

  @Test func asksForPageAfterPageAtOurOwnAddress() throws {
    let provider = try Sending.provider()
    guard case .request(let first) = provider.nextTemplates(after: []) else {
      Issue.record("no request")
      return
    }
    #expect(
      first.target
        == "https://graph.facebook.com/v25.0/203344556677889/message_templates?fields=id%2Cname"
        + "%2Clanguage%2Cstatus%2Ccategory%2Ccomponents%2Crejected_reason&limit=100")
    let one = Self.page([Self.row("a"), Self.row("b", ["rejected_reason": "NONE"])], after: "c&1")
    guard case .request(let second) = provider.nextTemplates(after: [one]) else {
      Issue.record("no second request")
      return
    }
    #expect(second.target == "\(first.target)&after=c%261")
    let two = Self.page([
      Self.row("c", ["status": "REJECTED", "rejected_reason": "INVALID_FORMAT"]),
      ["name": "without a language"],
    ])
    guard case .done(let templates) = provider.nextTemplates(after: [one, two]) else {
      Issue.record("no templates")
      return
    }
    #expect(templates.map(\.name) == ["a", "b", "c"])
    #expect(templates.map(\.reason) == [nil, nil, "INVALID_FORMAT"])
    #expect(templates.first?.providerID == "id-a")
  }

  @Test func thereIsAnEndToThePages() throws {
    let provider = try Sending.provider()
    var steps: [CompletedStep] = []
    while steps.count < 1_000 {
      guard case .request = provider.nextTemplates(after: steps) else { break }
      steps.append(Self.page([Self.row("a")], after: "again"))
    }
    #expect(steps.count == 100)
    guard case .failed(_, isFinal: false) = provider.nextTemplates(after: steps) else {
      Issue.record("no failure")
      return
    }
  }

  @Test func aRefusalIsForGoodOnlyWhereSomebodyHasToAct() throws {
    func isFinal(_ reply: SendReply) throws -> Bool? {
      let steps = [CompletedStep("templates", reply)]
      if case .failed(let reason, let isFinal) = try Sending.provider().nextTemplates(after: steps)
      {
        #expect(!reason.contains(Sending.token))
        return isFinal
      }
      return nil
    }
    #expect(try isFinal(Sending.refused(190, "Bad token \(Sending.token)")) == true)
    #expect(try isFinal(Sending.refused(100, more: ["error_subcode": 33])) == true)
    #expect(try isFinal(Sending.refused(80007)) == false)
    #expect(try isFinal(Sending.refused(2, status: 503)) == false)
    #expect(try isFinal(.response(HTTPResponse(status: 502))) == false)
    #expect(try isFinal(Sending.reply(200, ["paging": [:]])) == false)
    #expect(
      try isFinal(Sending.reply(200, ["data": [], "paging": ["next": "https://x"]])) == false)
    #expect(try isFinal(.failure(TransportFailure(.cannotConnect, host: "x"))) == false)
    let alone = try WhatsAppCloud(
      settings: ChannelSettings(
        [
          "phone_number_id": "1", "access_token": "t", "app_secret": "s", "verify_token": "v",
        ], declared: WhatsAppCloud.settings))
    #expect(alone.templateAccount == nil)
    guard case .failed(_, isFinal: true) = alone.nextTemplates(after: []) else {
      Issue.record("asks without an account")
      return
    }
  }

  @Test func tellsWhichTemplateAMessageNames() throws {
    let provider = try Sending.provider()
    let named = provider.templateName(in: ["name": "a", "language": ["code": "pt_BR"]])
    #expect(named?.name == "a")
    #expect(named?.language == "pt_BR")
    #expect(provider.templateName(in: ["content_sid": "HX"]) == nil)
  }
}
