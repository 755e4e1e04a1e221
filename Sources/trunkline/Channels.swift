import Gateway

extension Verb {
  private static let channelOptions: [Option] = [
    .value("name", "NAME", "What people call it; unique within the tenant."),
    .value("address", "ADDRESS", "The number, handle or mailbox it speaks as."),
    .value(
      "public-url", "URL",
      "The base its provider knows us by, letter for letter, where it is not the daemon's own."),
    .value(
      "verification", "MODE",
      "enforce: a wrong signature is quarantined; observe: it passes and is marked."),
    .value("setting", "NAME=VALUE", "A setting of the provider; repeatable."),
  ]

  /// `channels`.
  static let channels = Verb(
    name: "channels", summary: "Connect and look after accounts, numbers, bots and mailboxes",
    verbs: [
      Verb(name: "list", summary: "List the channels", options: [.json], run: Channels.list),
      Verb(
        name: "show", summary: "Show a channel, without its secrets",
        operands: [.required("CHANNEL")], options: [.json], run: Channels.show),
      Verb(
        name: "create", summary: "Connect an account, number, bot or mailbox",
        options: [
          .value(
            "provider", "PROVIDER",
            "One of \(Providers.all.map { $0.name }.joined(separator: ", ")).")
        ] + channelOptions + [.json],
        notes: [SettingValues.note, Channels.settingsNote], run: Channels.create),
      Verb(
        name: "set", summary: "Change a channel; what is not named stays",
        operands: [.required("CHANNEL")],
        options: channelOptions + [
          .value("unset", "NAME", "Remove a setting; repeatable."),
          .value("state", "STATE", "active, paused or disabled."), .json,
        ], notes: [SettingValues.note, Channels.settingsNote], run: Channels.set),
      Verb(
        name: "check", summary: "Ask the provider what it has, and say what is wrong with it",
        operands: [.required("CHANNEL")],
        options: [.flag("register", "First tell the provider our address and secret."), .json],
        run: Channels.check),
      Verb(
        name: "pause", summary: "Receive, but send no more", operands: [.required("CHANNEL")],
        options: [.json], run: Channels.pause),
      Verb(
        name: "resume", summary: "Send again", operands: [.required("CHANNEL")],
        options: [.json], run: Channels.resume),
      ChannelTemplates.verb,
    ])
}

/// Channels. A channel can be named by its identifier or by its name.
enum Channels {
  /// What each provider takes, for help pages.
  static var settingsNote: String {
    let providers = Providers.all.map { provider in
      let names = provider.settings.map { $0.isRequired ? $0.name : "[\($0.name)]" }
      return "\(provider.name): \(names.joined(separator: " "))"
    }
    return "Settings by provider: \(providers.joined(separator: "; "))."
  }

  /// `channels list`.
  static func list(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let page = try APIClient(console).get("/v1/channels")
    if arguments.has("json") {
      console.json(page)
      return .done
    }
    var table = Table("id", "provider", "name", "address", "state", "verification")
    for channel in page["data"]?.array ?? [] {
      table.add(
        channel.text("id"), channel.text("provider"), channel.text("name"),
        channel.text("address"), channel.text("state"), channel.text("verification"))
    }
    table.write(console, empty: "There are no channels: `trunkline channels create` makes one.")
    return .done
  }

  /// `channels show`.
  static func show(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let api = try APIClient(console)
    present(try api.get(path(arguments, api)), arguments, console)
    return .done
  }

  /// `channels create`.
  static func create(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    var body = try fields(arguments, console)
    body["provider"] = .string(try arguments.required("provider"))
    body["name"] = .string(try arguments.required("name"))
    let channel = try APIClient(console).post("/v1/channels", .object(body))
    present(channel, arguments, console)
    return .done
  }

  /// `channels set`.
  static func set(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    var body = try fields(arguments, console)
    var settings = body["settings"]?.object ?? [:]
    for name in arguments.strings("unset") { settings[name] = .null }
    if !settings.isEmpty { body["settings"] = .object(settings) }
    if let state: Channel.State = try arguments.word("state") {
      body["state"] = .string(state.rawValue)
    }
    if body.isEmpty { throw arguments.misuse("needs something to change") }
    let api = try APIClient(console)
    present(try api.call("PATCH", path(arguments, api), body: .object(body)), arguments, console)
    return .done
  }

  /// `channels pause`.
  static func pause(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let api = try APIClient(console)
    present(try api.post(path(arguments, api) + "/pause"), arguments, console)
    return .done
  }

  /// `channels resume`.
  static func resume(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let api = try APIClient(console)
    present(try api.post(path(arguments, api) + "/resume"), arguments, console)
    return .done
  }

  /// `channels check`.
  static func check(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let api = try APIClient(console)
    let result = try api.post(
      path(arguments, api) + "/check", ["register": .bool(arguments.has("register"))])
    let isWell = result["ok"]?.bool
    if arguments.has("json") {
      console.json(result)
      return isWell == false ? .failed : .done
    }
    if result["registered"]?.bool == true { console.line("The provider has our address now.") }
    for finding in result["findings"]?.array ?? [] {
      console.line("\(console.styled("wrong", .red))  \((finding.string ?? "").harmless)")
    }
    switch isWell {
    case true?: console.line(console.styled("All is well at the provider.", .green))
    case nil: console.line("This provider cannot be asked; look at it yourself:")
    case false?: break
    }
    if isWell != true { steps(result, console) }
    return isWell == false ? .failed : .done
  }

  private static func fields(_ arguments: Arguments, _ console: Console) throws -> JSONObject {
    var body: JSONObject = [:]
    for (option, member) in [
      ("name", "name"), ("address", "address"), ("public-url", "public_url"),
    ] {
      if let value = try arguments.string(option) { body[member] = .string(value) }
    }
    if let mode: Channel.VerificationMode = try arguments.word("verification") {
      body["verification"] = .string(mode.rawValue)
    }
    let settings = try SettingValues.read(arguments.strings("setting"), arguments, console)
    if !settings.isEmpty { body["settings"] = .object(settings) }
    return body
  }

  /// The path of the channel that the command line names.
  static func path(_ arguments: Arguments, _ api: APIClient) throws -> String {
    let word = arguments.operands.first ?? ""
    if ID<Channel>(word) != nil { return "/v1/channels/\(word)" }
    let all = try api.get("/v1/channels")["data"]?.array ?? []
    guard let channel = all.first(where: { $0.text("name") == word }) else {
      let nearest = Spelling.nearest(to: word, among: all.map { $0.text("name") })
      throw Failure(
        "there is no channel \"\(word)\"\(nearest.map { "; did you mean \"\($0)\"?" } ?? "")",
        hints: ["`trunkline channels list` shows them."])
    }
    return "/v1/channels/\(channel.text("id"))"
  }

  private static func present(_ channel: JSON, _ arguments: Arguments, _ console: Console) {
    if arguments.has("json") { return console.json(channel) }
    let rows = [
      "id", "name", "provider", "transport", "address", "state", "verification", "public_url",
      "webhook_url", "created_at", "updated_at",
    ]
    for name in rows where !channel.text(name).isEmpty {
      console.line("\(console.styled(name.padded(to: 14), .dim))\(channel.text(name).harmless)")
    }
    for setting in channel["settings"]?.object ?? [:] {
      let name = setting.key.padded(to: 24)
      console.line("  \(console.styled(name, .dim))\(shown(setting.value).harmless)")
    }
    steps(channel, console)
  }

  private static func shown(_ setting: JSON) -> String {
    guard setting["is_secret"]?.bool == true else {
      return setting.string ?? String(decoding: setting.serialized(), as: UTF8.self)
    }
    let count = setting["count"]?.integer ?? 1
    return count == 1 ? "(secret, set)" : "(\(count) secrets, set)"
  }

  private static func steps(_ json: JSON, _ console: Console) {
    let steps = json["remaining_steps"]?.array ?? []
    if steps.isEmpty { return }
    console.line()
    console.line(console.styled("At the provider:", .bold))
    for (index, step) in steps.enumerated() {
      console.line("\(index + 1). \((step.string ?? "").harmless)")
    }
  }
}
