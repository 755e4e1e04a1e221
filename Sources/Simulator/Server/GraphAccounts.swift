import Gateway

/// The accounts at Meta, their tokens, and where their webhooks go.
final class GraphAccounts: Sendable {
  private struct State {
    var accounts: [MetaAccount]
    var expired: Set<String>
    var calls: [String: Int] = [:]
    /// By the id that was subscribed: the address given, or none for the app's own.
    var subscriptions: [String: String?] = [:]
  }

  private let tokenCalls: Int?
  private let state: Locked<State>

  /// These accounts; any when there are none.
  init(_ script: GraphScript, _ accounts: [MetaAccount]) {
    tokenCalls = script.tokenCalls
    state = Locked(State(accounts: accounts, expired: script.expiredTokens))
  }

  /// The accounts from now on.
  func set(_ accounts: [MetaAccount]) { state.withLock { $0.accounts = accounts } }

  /// A token is good no more.
  func expire(_ token: String) { state.withLock { _ = $0.expired.insert(token) } }

  /// The token of a request, if it is good.
  func signIn(_ call: GraphCall) throws(GraphError) -> String {
    guard let token = call.token else {
      throw GraphError(
        190, 2500, "An active access token must be used to query information about the current user"
      )
    }
    let (isKnown, isExpired) = state.withLock { state in
      state.calls[token, default: 0] += 1
      let isOver = tokenCalls.map { state.calls[token] ?? 0 > $0 } ?? false
      return (
        state.accounts.isEmpty || state.accounts.contains { $0.accessToken == token },
        isOver || state.expired.contains(token)
      )
    }
    if isExpired {
      throw GraphError(190, 463, "Error validating access token: Session has expired")
    }
    guard isKnown else {
      throw GraphError(190, nil, "Invalid OAuth access token - Cannot parse access token")
    }
    return token
  }

  /// Whether a call is about an account; without any accounts, what is asked for alone is a file or
  /// a person.
  func holds(_ call: GraphCall) -> Bool {
    let accounts = state.withLock(\.accounts)
    if accounts.isEmpty { return call.method != "GET" || !call.edge.isEmpty }
    return call.id == "me" || accounts.contains { $0.id == call.id || $0.parentID == call.id }
  }

  /// The account with that id, or that belongs to it; `me` is whoever the token is of.
  func find(
    _ id: String, _ token: String, _ hint: MetaAccount.Product?
  ) throws(GraphError) -> MetaAccount {
    let accounts = state.withLock(\.accounts)
    if accounts.isEmpty {
      let product = hint ?? (id.hasPrefix("17841") ? .instagram : .messenger)
      return MetaAccount(
        product, id: id, parentID: id, accessToken: token, appSecret: "", verifyToken: "")
    }
    let fitting = accounts.filter { $0.id == id || $0.parentID == id || id == "me" }
    guard !fitting.isEmpty else { throw .missing(id) }
    guard
      let account = fitting.first(where: { $0.id == id && $0.accessToken == token })
        ?? fitting.first(where: { $0.accessToken == token })
    else { throw GraphError(200, nil, "Requires permission for \(id)") }
    return account
  }

  /// What a token is for, if that is known.
  func product(of token: String) -> MetaAccount.Product? {
    state.withLock { $0.accounts.first { $0.accessToken == token }?.product }
  }

  /// Subscribes the app to an account or business account, with an address of its own or without.
  func subscribe(_ id: String, to url: String?) {
    state.withLock { $0.subscriptions[id] = .some(url) }
  }

  /// What is subscribed to an id.
  func subscriptions(of id: String) -> [JSON] {
    guard let url = state.withLock({ $0.subscriptions[id] }) else { return [] }
    var app: JSONObject = [
      "whatsapp_business_api_data": ["id": "1122334455667788", "name": "Desk", "link": "-"]
    ]
    app["override_callback_uri"] = url.map(JSON.string)
    return [.object(app)]
  }

  /// The account as it is now, and where its webhooks go; `nil` for nowhere.
  func webhook(of account: MetaAccount) -> (account: MetaAccount, url: String)? {
    let (present, override) = state.withLock { state in
      (
        state.accounts.first { $0.product == account.product && $0.id == account.id },
        state.subscriptions[account.id] ?? state.subscriptions[account.parentID] ?? nil
      )
    }
    guard let present, let url = override ?? present.webhookURL else { return nil }
    return (present, url)
  }
}

/// Who wrote when: only within a day of that is somebody free to be written to.
final class GraphWindows: Sendable {
  private static let serviceMilliseconds: Int64 = 86_400_000
  private static let agentMilliseconds: Int64 = 7 * 86_400_000

  private let script: GraphScript
  private let clock: any Clock
  private let times = Locked<[String: Instant]>([:])

  /// Nobody has written.
  init(_ script: GraphScript, _ clock: any Clock) {
    self.script = script
    self.clock = clock
  }

  /// Somebody writes now; who has a number is known by the id of it too.
  func open(_ person: String, _ account: String) {
    let now = clock.now()
    times.withLock { times in
      times["\(account) \(person)"] = now
      if person.hasPrefix("+") { times["\(account) \(MetaID.userID(phone: person))"] = now }
    }
  }

  /// Whether they may be written to; `byAgent` when a person does, who has a week.
  func isOpen(_ person: String, _ account: String, byAgent: Bool = false) -> Bool {
    if script.closedWindows.contains(person) { return byAgent }
    guard script.enforcesWindows else { return true }
    guard let time = times.withLock({ $0["\(account) \(person)"] }) else { return false }
    let most = byAgent ? Self.agentMilliseconds : Self.serviceMilliseconds
    return clock.now().milliseconds(since: time) < most
  }
}
