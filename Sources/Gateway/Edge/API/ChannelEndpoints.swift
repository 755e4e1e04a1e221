/// Channels: making, changing and checking them. Secrets go in and never come out.
struct ChannelEndpoints: Sendable {
  private let services: Services
  /// Held from a channel's change to its entry in the directory: both have the same order then.
  /// It counts them: a lock around nothing shares its address with its neighbour.
  private let changes = Locked(0)

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  private static let changeable = [
    "name", "address", "public_url", "verification", "state", "policy", "settings",
  ]

  /// `GET /v1/channels`: the tenant's channels.
  func list(_ call: APICall) throws -> HTTPResponse {
    let channels = try services.database.read { connection in
      try connection.channels(of: call.tenantID, services.vault)
    }
    return .page(channels, next: nil) { channel, writer in writer.value(render(channel)) }
  }

  /// `GET /v1/channels/{id}`: one channel, with how sending goes.
  func show(_ call: APICall) throws -> HTTPResponse {
    let channel = try find(call)
    let now = services.clock.now()
    let (state, queued, hold) = try services.database.read { connection in
      (
        try connection.state(of: channel.id), try connection.queued(channel.id),
        try connection.marketingHold(channel.id, nil, at: now)
      )
    }
    var object = render(channel).object ?? [:]
    var sending: JSONObject = [
      "state": state.isBroken ? "broken" : "ok", "reason": JSON(state.reason),
      "not_before": JSON(state.notBefore.flatMap { $0 > now ? $0 : nil }),
      "queued": .integer(queued),
    ]
    if let hold {
      sending["marketing_paused_until"] = JSON(hold.until)
      sending["marketing_pause_reason"] = JSON(hold.reason)
    }
    object["sending"] = .object(sending)
    return .json(.object(object))
  }

  /// `POST /v1/channels`: a new channel; the answer says what remains to be done at the provider.
  func create(_ call: APICall) throws -> HTTPResponse {
    let body = try call.body(allowed: ["provider"] + Self.changeable)
    try checkDestinations(body, call)
    let known = Providers.all.map { $0.name }
    guard let provider = body["provider"]?.string, known.contains(provider) else {
      throw APIError.invalid("provider", "must be one of \(known.joined(separator: ", "))")
    }
    guard body["name"] != nil else { throw APIError.invalid("name", "required") }
    let now = services.clock.now()
    var channel = Channel(
      id: services.ids.next(), tenantID: call.tenantID, provider: provider, name: "",
      address: nil, publicURL: nil, verification: .enforce, state: .active, settings: [:],
      createdAt: now, updatedAt: now)
    try Self.apply(body, to: &channel)
    let live = try ready(channel)
    let stored = channel
    try changes.withLock { changes in
      changes += 1
      try services.database.write { transaction in try transaction.add(stored, services.vault) }
      services.directory.enter(live)
    }
    return .json(render(channel), status: 201)
  }

  /// `PATCH /v1/channels/{id}`: changes what is named; a setting of `null` goes.
  func change(_ call: APICall) throws -> HTTPResponse {
    let body = try call.body(allowed: Self.changeable)
    try checkDestinations(body, call)
    return .json(
      render(
        try change(call) { channel throws(APIError) in
          try Self.apply(body, to: &channel)
        }))
  }

  /// `POST /v1/channels/{id}/pause`: receives, sends no more.
  func pause(_ call: APICall) throws -> HTTPResponse {
    .json(render(try change(call) { $0.state = .paused }))
  }

  /// `POST /v1/channels/{id}/resume`: receives and sends.
  func resume(_ call: APICall) throws -> HTTPResponse {
    .json(render(try change(call) { $0.state = .active }))
  }

  /// `POST /v1/channels/{id}/check`: asks the provider what it has, and with `register` sets it.
  func check(_ call: APICall) throws -> HTTPResponse {
    let body = try call.body(allowed: ["register"])
    guard let register = (body["register"] ?? false).bool else {
      throw APIError.invalid("register", "must be true or false")
    }
    let live = try ready(try find(call))
    guard let provider = live.provider as? any WebhookRegistering else {
      return .json([
        "ok": nil, "registered": false, "findings": [],
        "remaining_steps": Self.steps(live),
      ])
    }
    var findings: [String] = []
    if register {
      let response = try ask(provider.registration(webhookURL: live.webhookURL), live)
      if let problem = provider.registrationProblem(response) { findings.append(problem) }
    }
    let registered = register && findings.isEmpty
    findings += provider.inspectionFindings(
      try ask(provider.inspection(), live), webhookURL: live.webhookURL, now: services.clock.now())
    return .json([
      "ok": .bool(findings.isEmpty), "registered": .bool(registered),
      "findings": .array(findings.map(JSON.string)), "remaining_steps": Self.steps(live),
    ])
  }

  /// Asks the provider, where the channel may go: a base address of its own is no way to look
  /// around behind the gateway.
  private func ask(
    _ request: HTTPRequest, _ live: LiveChannel
  ) throws(APIError) -> HTTPResponse {
    do throws(TransportFailure) {
      return try services.client.send(request, to: live.channel.policy.destinations)
    } catch {
      throw APIError(status: 502, detail: "The provider could not be asked: \(error.description)")
    }
  }

  private static func steps(_ live: LiveChannel) -> JSON {
    .array(live.provider.remainingSteps(webhookURL: live.webhookURL).map(JSON.string))
  }

  private func find(_ call: APICall) throws -> Channel {
    let id: ID<Channel> = try call.id()
    let found = try services.database.read { connection in
      try connection.channel(id, tenant: call.tenantID, services.vault)
    }
    guard let found else { throw Self.noChannel }
    return found
  }

  private func change(
    _ call: APICall, _ edit: @escaping @Sendable (inout Channel) throws(APIError) -> Void
  ) throws -> Channel {
    let id: ID<Channel> = try call.id()
    return try changes.withLock { changes in
      changes += 1
      // Read and written in one transaction: of two changes at once neither is lost.
      let live = try services.database.write { transaction in
        let found = try transaction.connection.channel(
          id, tenant: call.tenantID, services.vault)
        guard var channel = found else { throw Self.noChannel }
        let before = channel.state
        try edit(&channel)
        channel.updatedAt = transaction.now
        let live = try ready(channel)
        try transaction.update(channel, services.vault)
        if channel.state != before { try Self.tell(channel, was: before, call.key, transaction) }
        return live
      }
      services.directory.enter(live)
      return live.channel
    }
  }

  /// Tells that somebody has stopped a channel, or let it go on.
  private static func tell(
    _ channel: Channel, was before: Channel.State, _ key: APIKey, _ transaction: Transaction
  ) throws(StoreError) {
    let goesOn = channel.state == .active
    let stopped = goesOn ? before : channel.state
    let data: JSON = [
      "channel_id": .string(channel.id.description),
      "scope": stopped == .paused ? "sending" : "all",
      "reason": .string("key \(key.name) (\(key.id)) made it \(channel.state.rawValue)"),
    ]
    try transaction.append(
      goesOn ? "channel.recovered" : "channel.paused", tenant: channel.tenantID,
      Transaction.EventPlace(subject: SQLValue(channel.id)), data: data.serialized())
  }

  private static let noChannel = APIError.notFound("There is no such channel.")

  private func ready(_ channel: Channel) throws(APIError) -> LiveChannel {
    do throws(SettingsError) {
      return try services.directory.ready(channel)
    } catch {
      throw .invalid("settings.\(error.field)", error.reason)
    }
  }

  private static func apply(_ body: JSONObject, to channel: inout Channel) throws(APIError) {
    if let name = body["name"] {
      guard let name = name.string?.trimmed, !name.isEmpty,
        name.count <= AccessEndpoints.nameCharactersMax
      else {
        throw .invalid(
          "name", "must be a string of 1 to \(AccessEndpoints.nameCharactersMax) characters")
      }
      channel.name = name
    }
    if let address = body["address"] {
      guard address.isNull || address.string != nil else {
        throw .invalid("address", "must be a string or null")
      }
      channel.address = address.string
    }
    if let url = body["public_url"] {
      channel.publicURL = url.isNull ? nil : try publicURL(url)
    }
    if let mode = body["verification"] {
      guard let mode = mode.string.flatMap({ Channel.VerificationMode(rawValue: $0) }) else {
        throw .invalid("verification", "must be enforce or observe")
      }
      channel.verification = mode
    }
    if let state = body["state"] {
      guard let state = state.string.flatMap({ Channel.State(rawValue: $0) }) else {
        throw .invalid("state", "must be active, paused or disabled")
      }
      channel.state = state
    }
    if let policy = body["policy"] { try apply(policy: policy, to: &channel) }
    if let settings = body["settings"] {
      guard let settings = settings.object else { throw .invalid("settings", "must be an object") }
      for member in settings {
        // Said so plainly: `nil` beside a value would be JSON's null, which stays.
        if member.value.isNull {
          channel.settings[member.key] = nil
        } else {
          channel.settings[member.key] = member.value
        }
      }
    }
  }

  /// Addresses that are not public are the operator's to open: behind them are other people's
  /// machines, and this one.
  private func checkDestinations(_ body: JSONObject, _ call: APICall) throws(APIError) {
    let field = "policy.allowed_destinations"
    guard body["policy"]?["allowed_destinations"] != nil,
      call.tenantID != services.operatorTenant
    else { return }
    let sentence = "only a key of the default tenant may set it"
    throw APIError(
      status: 403, detail: "\(field): \(sentence)",
      errors: [HTTPResponse.FieldProblem(field: field, message: sentence)])
  }

  private static func apply(
    policy: JSON, to channel: inout Channel
  ) throws(APIError) {
    guard let changes = policy.object else { throw .invalid("policy", "must be an object") }
    do throws(ContentError) {
      channel.policy = try channel.policy.applying(changes)
    } catch {
      throw .invalid(error.field, error.message)
    }
  }

  private static func publicURL(_ json: JSON) throws(APIError) -> String {
    guard let text = json.string, let url = PublicURL.normalised(text) else {
      throw .invalid("public_url", "must be \(PublicURL.expectation)")
    }
    return url
  }

  private func render(_ channel: Channel) -> JSON {
    let declared = Providers.named(channel.provider)?.settings ?? []
    var settings: JSONObject = [:]
    for key in declared {
      guard let value = channel.settings[key.name] else { continue }
      let count = Int64(value.array?.count ?? 1)
      settings[key.name] = key.isSecret ? ["is_secret": true, "count": .integer(count)] : value
    }
    var object: JSONObject = [
      "id": .string(channel.id.description), "tenant_id": .string(channel.tenantID.description),
      "provider": .string(channel.provider), "name": .string(channel.name),
      "address": JSON(channel.address), "public_url": JSON(channel.publicURL),
      "verification": .string(channel.verification.rawValue),
      "state": .string(channel.state.rawValue), "policy": .object(channel.policy.object),
      "settings": .object(settings),
      "created_at": JSON(channel.createdAt), "updated_at": JSON(channel.updatedAt),
    ]
    if let live = try? services.directory.ready(channel) {
      let transports = live.provider.transports(address: channel.address)
      object["transport"] = JSON(transports.first?.rawValue)
      object["transports"] = .array(transports.map { .string($0.rawValue) })
      object["webhook_url"] = .string(live.webhookURL)
      object["remaining_steps"] = Self.steps(live)
    }
    return .object(object)
  }
}
