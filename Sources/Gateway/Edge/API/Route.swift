/// One line of the API's table.
package struct Route: Sendable {
  /// What serves a call.
  package typealias Endpoint = @Sendable (APICall) throws -> HTTPResponse
  /// Hears the response once it is there, on any thread.
  package typealias Completion = @Sendable (Result<HTTPResponse, any Error>) -> Void
  /// What serves a call and answers later, so that no thread waits for the database.
  package typealias DeferredEndpoint = @Sendable (APICall, @escaping Completion) throws -> Void

  /// The method.
  package let method: String
  /// The path's parts; one in braces stands for anything.
  package let parts: [String]
  /// What the key must be allowed; `nil` is open to everybody.
  package let permission: Permission?
  /// Whether it answers from memory alone, and so on the listener's own thread.
  package let isImmediate: Bool
  /// The largest body it takes; the listener's limit when `nil`.
  package let bodyBytesMax: Int?
  /// The longest body, where that is a file and not JSON.
  package let fileBytesMax: Int?
  /// What serves it.
  package let endpoint: DeferredEndpoint

  /// A line such as `GET /v1/chats/{id}`.
  package init(
    _ method: String, _ path: String, _ permission: Permission?, immediate: Bool = false,
    fileBytesMax: Int? = nil, _ endpoint: @escaping Endpoint
  ) {
    self.method = method
    parts = path.split(separator: "/").map(String.init)
    self.permission = permission
    isImmediate = immediate
    bodyBytesMax = nil
    self.fileBytesMax = fileBytesMax
    self.endpoint = { call, done in done(.success(try endpoint(call))) }
  }

  /// A line whose endpoint answers later, and may take larger bodies than others.
  package init(
    _ method: String, _ path: String, _ permission: Permission?, bodyBytesMax: Int,
    deferred endpoint: @escaping DeferredEndpoint
  ) {
    self.method = method
    parts = path.split(separator: "/").map(String.init)
    self.permission = permission
    isImmediate = false
    self.bodyBytesMax = bodyBytesMax
    fileBytesMax = nil
    self.endpoint = endpoint
  }

  /// The path as documented.
  package var path: String { "/" + parts.joined(separator: "/") }

  /// What stands in a path's places, `nil` when the path is another.
  func match(_ path: [Substring]) -> [String]? {
    guard path.count == parts.count else { return nil }
    var parameters: [String] = []
    for (part, given) in zip(parts, path) {
      if part.hasPrefix("{") {
        parameters.append(String(given))
      } else if part != given {
        return nil
      }
    }
    return parameters
  }
}

/// The routes of a listener, and what to say when none fits.
package struct RouteTable: Sendable {
  /// What a request comes to.
  enum Match {
    case route(Route, parameters: [String])
    case answer(HTTPResponse)
  }

  /// Every route, in the order of the documentation.
  package let routes: [Route]

  /// A table.
  package init(_ routes: [Route]) { self.routes = routes }

  /// Finds the route of a request. HEAD is served as GET, OPTIONS by the table itself.
  func match(_ request: HTTPRequest) -> Match {
    let path = request.path.split(separator: "/")
    let fitting = routes.compactMap { route in route.match(path).map { (route, $0) } }
    if fitting.isEmpty { return .answer(.problem(404, "There is nothing at this address.")) }
    let wanted = request.method == "HEAD" ? "GET" : request.method
    if let (route, parameters) = fitting.first(where: { $0.0.method == wanted }) {
      return .route(route, parameters: parameters)
    }
    var methods = Set(fitting.map(\.0.method))
    if methods.contains("GET") { methods.insert("HEAD") }
    methods.insert("OPTIONS")
    let allow = methods.sorted().joined(separator: ", ")
    if request.method == "OPTIONS" {
      return .answer(HTTPResponse(status: 204, headers: ["Allow": allow]))
    }
    var refusal = HTTPResponse.problem(405, "This address takes \(allow).")
    refusal.headers.add("Allow", allow)
    return .answer(refusal)
  }
}
