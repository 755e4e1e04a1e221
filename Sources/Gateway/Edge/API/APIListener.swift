/// The API's side of the API listener: authentication, then the endpoint, on threads of its own
/// because endpoints wait for the database. Those that never wait are served at once.
package final class APIListener: HTTPHandler {
  private let table: RouteTable
  private let database: Database
  private let pool: WorkerPool
  private let log: Log
  private let bodyBytesMax: Int

  /// Two calls at a time; more wait in line. Readers of the database are as many.
  package static let threads = 2
  /// A caller that waits behind this many others is better told to come again.
  package static let queueMax = 512
  /// The threads that calls run on.
  static func pool() -> WorkerPool {
    WorkerPool(name: "api-call", threads: threads, queueLimit: queueMax)
  }

  /// 1 MiB: no call carries more unless its route says so.
  package static let bodyBytesMax = 1 << 20

  /// Serves the routes.
  package init(
    _ table: RouteTable, database: Database, pool: WorkerPool, log: Log, bodyBytesMax: Int
  ) {
    self.table = table
    self.database = database
    self.pool = pool
    self.log = log
    self.bodyBytesMax = bodyBytesMax
  }

  /// Refuses what has no route, or a body of another kind than JSON, before reading the body.
  package func admit(_ head: HTTPRequest, remoteAddress: String) -> Admission {
    switch table.match(head) {
    case .answer(let response): return .answer(response)
    case .route(let route, _):
      let most = min(bodyBytesMax, route.bodyBytesMax ?? Self.bodyBytesMax)
      if let limit = route.fileBytesMax {
        // Without a key nobody shall fill the memory; whether it is a right one is asked later.
        if head.headers["authorization"] == nil { return .answer(Self.challenge(Self.noKey)) }
        return .accept(bodyBytesMax: min(limit, bodyBytesMax))
      }
      guard route.method != "GET" else { return .accept(bodyBytesMax: most) }
      let announced =
        head.headers["transfer-encoding"] != nil
        || (head.headers["content-length"].map { $0 != "0" } ?? false)
      if announced, head.headers.mediaType != "application/json" {
        return .answer(.problem(415, "The body must be application/json."))
      }
      return .accept(bodyBytesMax: most)
    }
  }

  /// Serves one call.
  package func handle(_ request: IncomingRequest, _ reply: Reply) {
    // Whether the daemon lives must not hang on calls that wait: just then somebody asks.
    if case .route(let route, _) = table.match(request.http), route.isImmediate {
      return serve(request.http) { reply.send($0) }
    }
    let accepted = pool.submit { [self] in serve(request.http) { reply.send($0) } }
    if !accepted {
      var busy = HTTPResponse.problem(503, "Too many calls are waiting; come again.")
      busy.headers.add("Retry-After", "1")
      reply.send(busy)
    }
  }

  /// The response to one call, waited for: what tests without a socket use.
  package func respond(_ request: HTTPRequest) -> HTTPResponse {
    let answer = Monitor<HTTPResponse?>(nil)
    serve(request) { response in answer.update { $0 = response } }
    return answer.wait { $0 }
  }

  /// Serves one call; `send` gets the response, perhaps later and on another thread.
  private func serve(
    _ request: HTTPRequest, _ send: @escaping @Sendable (HTTPResponse) -> Void
  ) {
    do {
      switch table.match(request) {
      case .answer(let response): send(response)
      case .route(let route, let parameters):
        let key = try authorize(request, route)
        let call = APICall(request: request, parameters: parameters, key: key)
        try route.endpoint(call) { [self] result in
          switch result {
          case .success(let response): send(response)
          case .failure(let error): send(response(to: error, request))
          }
        }
      }
    } catch {
      send(response(to: error, request))
    }
  }

  private func response(to error: any Error, _ request: HTTPRequest) -> HTTPResponse {
    do {
      throw error
    } catch let error as APIError {
      return Self.challenge(error)
    } catch let error as StoreError where error.decision == .later {
      log.warning("call not served", ["reason": .string(error.logDescription)])
      var response = HTTPResponse.problem(503, "The database cannot be reached; come again.")
      response.headers.add("Retry-After", "1")
      return response
    } catch let error as StoreError where error.decision == .conflict {
      return .problem(409, "Something of that name is there already.")
    } catch {
      let reason = StoreError.logDescription(of: error)
      log.error(
        "call failed", ["path": .string(String(request.path)), "reason": .string(reason)])
      return .problem(500, "Something went wrong here; the log says what.")
    }
  }

  /// Who stands behind an open route: nobody, and no endpoint behind one asks.
  private static let nobody = APIKey(
    id: ID(high: 0, low: 0), tenantID: ID(high: 0, low: 0), name: "", role: .agent,
    createdAt: Instant(millisecondsSinceEpoch: 0), revokedAt: nil)

  private static let noKey = APIError(
    status: 401, detail: "Send the header \"Authorization: Bearer <key>\" with an API key.")

  private func authorize(_ request: HTTPRequest, _ route: Route) throws -> APIKey {
    guard let permission = route.permission else { return Self.nobody }
    let words = request.headers["authorization"]?.split(separator: " ") ?? []
    guard words.count == 2, words[0].lowercased() == "bearer" else {
      throw Self.noKey
    }
    let hash = APIKeyText.hash(String(words[1]))
    guard let key = try database.read({ connection in try connection.apiKey(hash: hash) }) else {
      throw APIError(status: 401, detail: "This API key is not known, or was revoked.")
    }
    guard key.role.permissions.contains(permission) else {
      throw APIError(
        status: 403,
        detail: "A key of role \(key.role.rawValue) may not do this: it needs "
          + "\(permission.rawValue).")
    }
    return key
  }

  private static func challenge(_ error: APIError) -> HTTPResponse {
    var response = error.response
    if error.status == 401 { response.headers.add("WWW-Authenticate", "Bearer") }
    return response
  }
}
