import Gateway

/// Meta's Graph API: who is asking, and for what.
///
/// <https://developers.facebook.com/docs/graph-api>, v25, read 2026-11-21.
final class GraphAPI: Sendable {
  /// The accounts' files.
  let media: GraphMedia
  /// Who may be written to.
  let windows: GraphWindows
  /// The numbers' messages and templates.
  let whatsApp: GraphWhatsApp

  private let messaging: GraphMessaging
  private let accounts: GraphAccounts
  private let script: ProviderScript

  /// The API of these accounts; of any when there are none.
  init(
    _ script: ProviderScript, accounts: [MetaAccount], player: StatusPlayer, clock: any Clock
  ) {
    self.script = script
    self.accounts = GraphAccounts(script.meta, accounts)
    media = GraphMedia(script)
    windows = GraphWindows(script.meta, clock)
    let herald = GraphHerald(script, self.accounts, player, clock)
    whatsApp = GraphWhatsApp(script, media: media, windows: windows, herald: herald)
    messaging = GraphMessaging(script, media: media, windows: windows, herald: herald)
  }

  /// The accounts from now on.
  func set(_ accounts: [MetaAccount]) { self.accounts.set(accounts) }

  /// A token is good no more.
  func expire(_ token: String) { accounts.expire(token) }

  /// Whether a path is one of Meta's: a version with a point in front, or files.
  static func owns(_ path: Substring) -> Bool {
    if path.hasPrefix(MetaFile.path) || path.hasPrefix(MetaFile.messagingPath) { return true }
    let version = path.dropFirst().prefix { $0 != "/" }
    return version.hasPrefix("v") && version.contains(".")
      && version.dropFirst().utf8.allSatisfy { (48...57).contains($0) || $0 == 0x2E }
  }

  /// Understands a request.
  func read(_ request: HTTPRequest, now: Instant) -> ProviderCall {
    let call = GraphCall(request)
    do throws(GraphError) {
      if request.path.hasPrefix(MetaFile.messagingPath) {
        return .answered("instagram", "media.download", media.download(call, now: now))
      }
      if request.path.hasPrefix(MetaFile.path) {
        _ = try accounts.signIn(call)
        return .answered("whatsapp_cloud", "media.download", media.download(call, now: now))
      }
      let token = try accounts.signIn(call)
      if call.edge == "subscribed_apps" { return try subscribe(call) }
      if call.edge == "message_templates" {
        let account = try accounts.find(call.id, token, .whatsApp)
        return .answered(
          "whatsapp_cloud", "templates.list", sender: account.parentID,
          try whatsApp.list(call))
      }
      let hint: MetaAccount.Product? =
        call.text("messaging_product") == "whatsapp" ? .whatsApp : nil
      guard accounts.holds(call) else { return try node(call, token, now) }
      return try read(call, try accounts.find(call.id, token, hint), now)
    } catch {
      let product =
        call.text("messaging_product") == "whatsapp" ? MetaAccount.Product.whatsApp : nil
      return .answered(
        product?.rawValue ?? "meta", "\(request.method) \(call.edge)", error.response(product),
        refusal: error.code)
    }
  }

  /// What is asked of an account.
  private func read(
    _ call: GraphCall, _ account: MetaAccount, _ now: Instant
  ) throws(GraphError) -> ProviderCall {
    let provider = account.product.rawValue
    do throws(GraphError) {
      switch (call.method, call.edge) {
      case ("POST", "messages"):
        return account.product == .whatsApp
          ? try whatsApp.send(call, account, now) : try messaging.send(call, account, now)
      case ("POST", "media") where account.product == .whatsApp:
        let id = try media.upload(call, account)
        return .answered(
          provider, "media.upload", sender: account.id, Self.json(["id": .string(id)]))
      case ("POST", "message_attachments") where account.product != .whatsApp:
        let id = try media.attach(call, account)
        return .answered(
          provider, "media.upload", sender: account.id, Self.json(["attachment_id": .string(id)]))
      case ("GET", ""):
        return .answered(
          provider, "account", sender: account.id, Self.json(Self.description(account)))
      default: throw .missing(call.id)
      }
    } catch {
      return .answered(
        provider, "\(call.method) \(call.edge)", sender: account.id,
        error.response(account.product), refusal: error.code)
    }
  }

  /// What is asked of something that is no account: a file of WhatsApp's, or a person.
  private func node(
    _ call: GraphCall, _ token: String, _ now: Instant
  ) throws(GraphError) -> ProviderCall {
    let product = accounts.product(of: token) ?? (call.text("fields").isEmpty ? .whatsApp : nil)
    guard call.edge.isEmpty, call.method == "GET" else { throw .missing(call.id) }
    if product == .whatsApp {
      return .answered(
        "whatsapp_cloud", "media.describe", Self.json(try media.describe(call, now: now)))
    }
    return .answered(
      product?.rawValue ?? "instagram", "profile", Self.json(try profile(call, product)))
  }

  private func profile(
    _ call: GraphCall, _ product: MetaAccount.Product?
  ) throws(GraphError) -> JSON {
    if let code = GraphMagic.code(in: call.id, behind: GraphMagic.errorPrefix) {
      throw GraphError(code)
    }
    guard call.id.utf8.allSatisfy({ (48...57).contains($0) }) else { throw .missing(call.id) }
    let name = script.meta.names[call.id] ?? "Person \(call.id.suffix(4))"
    let members: JSONObject = [
      "id": .string(call.id), "name": .string(name),
      "first_name": .string(name.split(separator: " ").first.map(String.init) ?? name),
      "last_name": .string(name.split(separator: " ").dropFirst().joined(separator: " ")),
      "username": .string(name.lowercased().replacing(" ", with: ".")),
      "profile_pic": "https://scontent.example/p.jpg", "follower_count": 120,
      "is_user_follow_business": true, "is_business_follow_user": false,
    ]
    var answer: JSONObject = [:]
    let wanted = call.text("fields").split(separator: ",").map(String.init)
    for name in wanted where members[name] != nil { answer[name] = members[name] }
    answer["id"] = .string(call.id)
    return .object(answer)
  }

  private func subscribe(_ call: GraphCall) throws(GraphError) -> ProviderCall {
    let result: JSON
    if call.method == "POST" {
      accounts.subscribe(call.id, to: call.optionalText("override_callback_uri"))
      result = ["success": true]
    } else {
      result = ["data": .array(accounts.subscriptions(of: call.id))]
    }
    let operation = call.method == "POST" ? "apps.subscribe" : "apps.list"
    return .answered("meta", operation, sender: call.id, Self.json(result))
  }

  private static func description(_ account: MetaAccount) -> JSON {
    guard account.product == .whatsApp else {
      return [
        "id": .string(account.id), "user_id": .string(account.id), "name": "Desk",
        "username": "desk.example",
      ]
    }
    return [
      "id": .string(account.id), "display_phone_number": .string("+\(account.displayNumber)"),
      "verified_name": "Desk", "quality_rating": "GREEN", "code_verification_status": "VERIFIED",
      "platform_type": "CLOUD_API", "throughput": ["level": "STANDARD"], "status": "CONNECTED",
    ]
  }

  // MARK: Answers

  /// An answer as Meta writes it.
  static func json(_ json: JSON, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status,
      headers: [
        "Content-Type": "application/json; charset=UTF-8", "facebook-api-version": "v25.0",
      ],
      body: json.serialized())
  }

  /// What Meta says to who is too fast: 400, and how long only on Instagram and Messenger.
  static func tooMany(
    _ product: MetaAccount.Product, isPair: Bool, seconds: Int
  ) -> HTTPResponse {
    if product == .whatsApp { return GraphError(isPair ? 131056 : 130429).response(product) }
    var response = GraphError(613).response(product)
    let minutes = max(1, (seconds + 59) / 60)
    response.headers.add(
      "X-Business-Use-Case-Usage",
      "{\"1\":[{\"type\":\"messenger\",\"call_count\":100,"
        + "\"estimated_time_to_regain_access\":\(minutes)}]}")
    return response
  }
}
