import Gateway
import Simulator

extension Verb {
  /// `simulate`.
  static let simulate = Verb(
    name: "simulate", summary: "Send one signed webhook as a provider would, or play its API",
    operands: [.optional("PROVIDER | api"), .optional("KIND")],
    options: [
      .flag("list", "List the kinds of webhook and what each takes."),
      .value(
        "url", "WEBHOOK_URL",
        "Where to send it (default: the daemon's only channel of the provider)."),
      .value("signed-url", "URL", "The address to sign for, where a proxy makes it another."),
      .value("secret", "NAME=VALUE", "A setting of the channel, such as auth_token; repeatable."),
      .json,
    ] + Simulate.apiOptions,
    takesAnyOption: true,
    notes: [
      """
      For example: trunkline simulate twilio sms --from +15035550142 --to +12065550199 --text Hi \
      --secret account_sid=AC… --secret auth_token=@token.txt
      """,
      """
      Other options are those of the kind: `trunkline simulate --list`. Settings not given are \
      read from the environment, such as TWILIO_AUTH_TOKEN or TELEGRAM_SECRET_TOKEN.
      """, SettingValues.note,
    ] + Simulate.apiNotes,
    run: Simulate.run)
}

/// Sends one simulated webhook.
enum Simulate {
  /// The settings a simulator signs with.
  private static let settings = [
    "twilio": ["account_sid", "auth_token"], "telegram": ["bot_token", "secret_token"],
    "whatsapp_cloud": ["phone_number_id", "business_account_id", "app_secret", "verify_token"],
    "instagram": ["account_id", "app_secret", "verify_token"],
    "messenger": ["page_id", "app_secret", "verify_token"],
  ]

  /// Sends one, or lists them.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    if arguments.has("list") { return list(arguments, console) }
    guard let provider = arguments.operands.first else {
      throw arguments.misuse("needs a PROVIDER and a KIND, or api, or --list")
    }
    if provider == "api" { return try api(arguments, console) }
    if let option = apiOptions.first(where: { arguments.has($0.name) }) {
      throw arguments.misuse("--\(option.name) is for simulate api")
    }
    let kind = arguments.operands.dropFirst().first ?? ""
    var secrets = try given(provider, arguments, console)
    let url = try arguments.string("url") ?? lookUp(provider, &secrets, console)
    let signedURL = try arguments.string("signed-url")
    let request: HTTPRequest
    do throws(SimulatorError) {
      request = try Simulator.request(
        provider: provider, kind: kind, options: arguments.others, webhookURL: url,
        signedURL: signedURL, secrets: secrets)
    } catch {
      throw arguments.misuse(error.description)
    }
    let response = try HTTPClient().send(request)
    if arguments.has("json") {
      let text = String(decoding: response.body, as: UTF8.self)
      console.json(["status": JSON(response.status), "body": .string(text)])
    } else {
      console.line("\(response.status) \(HTTPStatus.reason(response.status))")
    }
    return (200...299).contains(response.status) ? .done : .failed
  }

  /// What the command line and the environment say about the channel.
  private static func given(
    _ provider: String, _ arguments: Arguments, _ console: Console
  ) throws -> [String: String] {
    var secrets: [String: String] = [:]
    for name in settings[provider] ?? [] {
      secrets[name] = console.variable("\(provider)_\(name)".uppercased())
    }
    let pairs = try SettingValues.read(arguments.strings("secret"), arguments, console)
    for (name, value) in pairs { secrets[name] = value.string ?? value.array?.first?.string }
    return secrets
  }

  /// Asks the daemon for its channel of the provider: its address, and what of it is no secret.
  private static func lookUp(
    _ provider: String, _ secrets: inout [String: String], _ console: Console
  ) throws -> String {
    let channels = try APIClient(console).get("/v1/channels")["data"]?.array ?? []
    let fitting = channels.filter { $0.text("provider") == provider }
    guard fitting.count == 1, let channel = fitting.first else {
      throw Failure(
        "the daemon has \(fitting.count) channels of \(provider): say which with --url",
        hints: fitting.map { "\($0.text("name").harmless): \($0.text("webhook_url"))" })
    }
    for setting in channel["settings"]?.object ?? [:] where secrets[setting.key] == nil {
      secrets[setting.key] = setting.value.string
    }
    return channel.text("webhook_url")
  }

  private static func list(_ arguments: Arguments, _ console: Console) -> Outcome {
    let wanted = arguments.operands.first
    let providers = Simulator.providers.filter { wanted == nil || $0 == wanted }
    if arguments.has("json") {
      console.json(
        .page(
          providers.flatMap { provider in
            Simulator.events(provider: provider).map { json($0, provider) }
          }))
      return .done
    }
    for provider in providers {
      for event in Simulator.events(provider: provider) {
        console.line(console.styled("\(provider) \(event.kind)", .bold) + "  \(event.summary)")
        for option in event.options {
          let extra =
            option.isRequired ? " (required)" : option.defaultValue.map { " (default \($0))" } ?? ""
          console.line("    --\(option.name.padded(to: 16)) \(option.meaning)\(extra)")
        }
      }
    }
    return .done
  }

  private static func json(_ event: SimulatedEvent, _ provider: String) -> JSON {
    [
      "provider": .string(provider), "kind": .string(event.kind), "summary": .string(event.summary),
      "options": .array(
        event.options.map {
          [
            "name": .string($0.name), "meaning": .string($0.meaning),
            "required": .bool($0.isRequired), "default": JSON($0.defaultValue),
          ]
        }),
    ]
  }
}
