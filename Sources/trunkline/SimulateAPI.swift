import Gateway
import Simulator

extension Simulate {
  /// What `simulate api` takes beside the settings of channels.
  static let apiOptions: [Verb.Option] = [
    .value("listen", "ADDRESS", "api: where to listen (default 127.0.0.1:9090)."),
    .value("errors", "SHARE", "api: how many sends fail, such as 30%."),
    .value("seed", "NUMBER", "api: repeats a run, its ids too (default: any)."),
    .value("script", "FILE", "api: a JSON file that says how the providers behave."),
  ]

  /// What the help says of `simulate api`.
  static let apiNotes = [
    """
    `trunkline simulate api` plays the providers' APIs until Ctrl-C and prints what arrives: \
    Twilio's below /2010-04-01/Accounts/, with signed status callbacks, Telegram's below \
    /bot<token>/ and /file/bot<token>/, and Meta's below /v25.0/. It takes whatever credentials \
    come; with --secret, those alone. Meta tells what becomes of messages at an address that it \
    knows beforehand: give it with --url, beside the settings of one channel of Meta's.
    """,
    """
    A script has members seed, errors {rate, mix, retry_after_seconds, in_row_max, limits_sender}, \
    steps [{recipient, from, count, fault}], outages [{from_request, to_request, from_seconds, \
    to_seconds, fault}], latency {milliseconds, slow_rate, slow_milliseconds}, limits ("published" \
    or {twilio_sender, twilio_whatsapp_sender, telegram_chat, telegram_group, telegram_bot, \
    cloud_number, cloud_pair, meta_account: {per_second, burst}, slack_milliseconds, \
    grace_milliseconds}), statuses {delay_milliseconds, shuffled_rate, duplicated_rate, lost_rate, \
    late_rate, late_milliseconds, read_rate, failed_rate, failed_code}, media {expiry_seconds, \
    not_ready_times}, twilio {senders, opted_out, errors, status_errors, closed_windows}, meta \
    {errors, status_errors, closed_windows, enforces_windows, templates, wa_ids, names, \
    expired_tokens, token_calls, \
    media_expiry_seconds, media_uses, delivered_after_failed_rate, delivered_missing_rate, \
    echoes, failed_code}, telegram_chats, telegram_missing_messages, \
    hold_milliseconds and huge_body_bytes. All may be left out.
    """,
    """
    Faults are \(ProviderFault.allCases.map(\.rawValue).joined(separator: ", ")). To \
    \(TwilioMagic.errorPrefix) and five digits of a Twilio code, a message fails with that code at \
    once; to \(TwilioMagic.statusPrefix) and five digits, in a later status; the Telegram chats \
    500555400 to 500555403 are not found, deactivated, never started, and blocked. To \
    +\(GraphMagic.errorPrefix) and six digits of a code of Meta's, a message fails with that code \
    at once; to +\(GraphMagic.statusPrefix) and six digits, in a later status.
    """,
  ]

  /// Plays the providers' APIs until a signal comes.
  static func api(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    if let extra = arguments.operands.dropFirst().first ?? arguments.others.keys.sorted().first {
      throw arguments.misuse("api does not know what to do with \"\(extra)\"")
    }
    let listen = try arguments.string("listen") ?? "127.0.0.1:9090"
    guard let address = ListenAddress(listen) else {
      throw arguments.misuse("--listen must be an address with a port, such as 127.0.0.1:9090")
    }
    let script = try script(arguments)
    let secrets = try SettingValues.read(arguments.strings("secret"), arguments, console)
    let accounts = try accounts(secrets, arguments)
    let bots = secrets["bot_token"]?.string.map { [TelegramBot(token: $0)] } ?? []
    let metas = try metas(secrets, arguments)
    let stop = StopSignal()
    let isJSON = arguments.has("json")
    let server: ProviderServer
    do throws(SimulatorError) {
      server = try ProviderServer(
        port: address.port, address: address.host, script: script, twilio: accounts,
        telegram: bots, meta: metas, ledger: .counts
      ) { entry in
        if isJSON { console.json(json(entry), compact: true) } else { console.line(line(entry)) }
      }
    } catch {
      throw Failure(error.description)
    }
    server.start()
    if !isJSON { console.line("Listening on \(server.url), seed \(script.seed). Ctrl-C ends.") }
    stop.wait()
    server.stop()
    let counts = server.ledger.counts
    if isJSON { return .done }
    console.line(
      "\(counts.requests) requests, \(counts.accepted) accepted, \(counts.faults) failed by "
        + "script, \(counts.refused) refused, \(counts.limitViolations) too fast, "
        + "\(counts.retryAfterViolations) before Retry-After had passed")
    return .done
  }

  /// The script file, and over it what the command line says.
  private static func script(_ arguments: Arguments) throws -> ProviderScript {
    var script = ProviderScript()
    script.seed = SystemRandom().next() >> 32
    if let path = try arguments.string("script") {
      do {
        let seed = script.seed
        let json = try JSON.parse(try File.read(path))
        script = try ProviderScript(json: json)
        if json["seed"] == nil { script.seed = seed }
      } catch {
        throw Failure("\(path): \(error)")
      }
    }
    if let seed: UInt64 = try arguments.integer("seed", in: 0...(.max)) { script.seed = seed }
    if let share = try arguments.string("errors") {
      let isPercent = share.hasSuffix("%")
      guard let number = Double(isPercent ? String(share.dropLast()) : share),
        (0...(isPercent ? 100 : 1)).contains(number)
      else { throw arguments.misuse("--errors must be a share such as 30% or 0.3") }
      script.errors.rate = isPercent ? number / 100 : number
    }
    return script
  }

  private static func accounts(
    _ secrets: JSONObject, _ arguments: Arguments
  ) throws -> [TwilioAccount] {
    guard let sid = secrets["account_sid"]?.string else { return [] }
    guard let token = secrets["auth_token"]?.string else {
      throw arguments.misuse("--secret account_sid needs --secret auth_token beside it")
    }
    var account = TwilioAccount(sid: sid, authToken: token)
    if let key = secrets["api_key_sid"]?.string {
      account.apiKeys[key] = secrets["api_key_secret"]?.string
    }
    return [account]
  }

  /// The one account of Meta's that the settings are of.
  private static func metas(
    _ secrets: JSONObject, _ arguments: Arguments
  ) throws -> [MetaAccount] {
    let url = try arguments.string("url")
    func text(_ name: String) -> String? {
      secrets[name]?.string ?? secrets[name]?.array?.first?.string
    }
    let ids: [(MetaAccount.Product, String, String)] = [
      (.whatsApp, "phone_number_id", "business_account_id"),
      (.instagram, "account_id", "page_id"), (.messenger, "page_id", ""),
    ]
    guard let (product, name, parent) = ids.first(where: { text($0.1) != nil }) else {
      if url != nil {
        throw arguments.misuse("--url is for an account of Meta's: give --secret phone_number_id")
      }
      return []
    }
    guard let token = text("access_token"), let secret = text("app_secret") else {
      throw arguments.misuse(
        "--secret \(name) needs --secret access_token and --secret app_secret beside it")
    }
    return [
      MetaAccount(
        product, id: text(name) ?? "", parentID: text(parent) ?? "", accessToken: token,
        appSecret: secret, verifyToken: text("verify_token") ?? "", webhookURL: url)
    ]
  }

  private static func line(_ entry: ProviderLedger.Entry) -> String {
    let time = entry.at.description.dropFirst(11).dropLast()
    let people = [entry.sender, entry.recipient].filter { !$0.isEmpty }.joined(separator: " → ")
    let words = [
      String(time), entry.operation.padded(to: 16), outcome(entry.outcome).padded(to: 22), people,
      entry.text,
    ]
    return words.map(\.harmless).joined(separator: "  ").cut(to: 200)
  }

  private static func outcome(_ outcome: ProviderLedger.Outcome) -> String {
    switch outcome {
    case .accepted: "accepted"
    case .acceptedThen(let fault, _): "accepted, \(fault.rawValue)"
    case .failed(let fault): "failed, \(fault.rawValue)"
    case .limited: "too fast"
    case .refused(let code): "refused, \(code)"
    case .answered: "answered"
    }
  }

  private static func json(_ entry: ProviderLedger.Entry) -> JSON {
    [
      "number": JSON(entry.number), "at": JSON(entry.at), "provider": .string(entry.provider),
      "operation": .string(entry.operation), "sender": .string(entry.sender),
      "recipient": .string(entry.recipient), "text": .string(entry.text),
      "our_id": JSON(entry.ourID), "outcome": .string(outcome(entry.outcome)),
      "id": JSON(entry.outcome.id),
    ]
  }
}
