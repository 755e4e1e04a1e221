import Gateway

/// Speaks to a running daemon, and turns what goes wrong into sentences with a way out.
struct APIClient: Sendable {
  /// Where the API listens by default.
  static let defaultURL = "http://127.0.0.1:8081"
  /// The variable with the address.
  static let urlVariable = "TRUNKLINE_URL"
  /// The variable with the key.
  static let keyVariable = "TRUNKLINE_API_KEY"
  /// The largest page most lists give.
  private static let pageMax = 200

  /// The address of the API, without a slash at the end.
  let base: String
  private let key: String?
  private let client = HTTPClient()

  /// A client of the daemon at that address.
  init(base: String, key: String?) {
    self.base = base
    self.key = key
  }

  /// A client of the daemon that the environment names.
  init(_ console: Console) throws(UsageError) {
    let given = console.variable(Self.urlVariable) ?? Self.defaultURL
    guard let base = PublicURL.normalised(given) else {
      throw UsageError("\(Self.urlVariable) must be \(PublicURL.expectation)")
    }
    self.init(base: base, key: console.variable(Self.keyVariable))
  }

  /// Reads what is at `path`.
  func get(_ path: String, _ query: [(String, String)] = []) throws(Failure) -> JSON {
    try call("GET", path, query: query)
  }

  /// Sends `body` to `path`.
  func post(_ path: String, _ body: JSON = [:]) throws(Failure) -> JSON {
    try call("POST", path, body: body)
  }

  /// Reads pages of a list until there are `most` entries or no more.
  func list(
    _ path: String, _ query: [(String, String)] = [], most: Int = .max
  ) throws(Failure) -> [JSON] {
    var entries: [JSON] = []
    var cursor: String?
    repeat {
      var query = query
      query.append(("limit", String(min(Self.pageMax, most - entries.count))))
      if let cursor { query.append(("cursor", cursor)) }
      let page = try get(path, query)
      entries += page["data"]?.array ?? []
      cursor = page["next_cursor"]?.string
    } while cursor != nil && entries.count < most
    return entries
  }

  /// Makes one call and returns what the answer holds; `null` for an empty one.
  func call(
    _ method: String, _ path: String, query: [(String, String)] = [], body: JSON? = nil,
    headers: [(String, String)] = []
  ) throws(Failure) -> JSON {
    let response = try send(method, path, query: query, body: body, headers: headers)
    let json = (try? JSON.parse(response.body)) ?? .null
    guard (200...299).contains(response.status) else { throw refusal(response.status, json) }
    return json
  }

  /// Makes one call and returns the answer whatever its status.
  func send(
    _ method: String, _ path: String, query: [(String, String)] = [], body: JSON? = nil,
    headers: [(String, String)] = []
  ) throws(Failure) -> HTTPResponse {
    let encoded = String(decoding: Form.encode(query), as: UTF8.self)
    var request = HTTPRequest(
      method: method, target: base + path + (query.isEmpty ? "" : "?\(encoded)"))
    if let key { request.headers.add("Authorization", "Bearer \(key)") }
    for (name, value) in headers { request.headers.add(name, value) }
    if let body {
      request.headers.add("Content-Type", "application/json")
      request.body = body.serialized()
    }
    return try send(request)
  }

  /// Uploads a file and returns what the answer holds.
  func upload(
    _ bytes: [UInt8], contentType: String, fileName: String
  ) throws(Failure) -> JSON {
    let name = String(decoding: Form.encode([("file_name", fileName)]), as: UTF8.self)
    var request = HTTPRequest(method: "POST", target: "\(base)/v1/files?\(name)", body: bytes)
    if let key { request.headers.add("Authorization", "Bearer \(key)") }
    request.headers.add("Content-Type", contentType)
    let response = try send(request)
    let json = (try? JSON.parse(response.body)) ?? .null
    guard response.status == 201 else { throw refusal(response.status, json) }
    return json
  }

  private func send(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
    do throws(TransportFailure) {
      return try client.send(request)
    } catch {
      guard error.kind == .cannotConnect else { throw Failure(error.description) }
      throw Failure(
        "no daemon answers at \(base)",
        hints: [
          "Start one with `trunkline serve`, or set \(Self.urlVariable) to where it listens."
        ])
    }
  }

  private func refusal(_ status: Int, _ problem: JSON) -> Failure {
    let detail = problem["detail"]?.string ?? "the daemon answered \(status)"
    switch status {
    case 401 where key == nil:
      return Failure("\(Self.keyVariable) is not set", hints: Self.keyHints)
    case 401: return Failure(detail, hints: Self.keyHints)
    default: return Failure(detail)
    }
  }

  private static let keyHints = [
    "Make a key on the daemon's machine: `trunkline keys create --local --role admin --name me`,",
    "then `export \(keyVariable)=…` with what it prints.",
  ]
}

extension JSON {
  /// The text of a member, empty when there is none.
  func text(_ name: String) -> String { self[name]?.string ?? "" }

  /// The number of a member as text, empty when there is none.
  func count(_ name: String) -> String { self[name]?.integer.map { String($0) } ?? "" }

  /// A list as the API shows it.
  static func page(_ entries: [JSON]) -> JSON { ["data": .array(entries), "next_cursor": nil] }
}
