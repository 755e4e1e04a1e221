/// Requests and answers nobody meant to send: cut, changed, of another shape, or no sense at all.
enum Nonsense {
  /// Requests made from `request`; the same each time for the same `salt`.
  static func requests(like request: HTTPRequest, salt: String) -> [HTTPRequest] {
    let random = Self.random(salt)
    var requests = bodies(like: request.body, request.headers.mediaType, random)
      .map { request.with(body: $0) }
    if request.body.isEmpty {
      let path = String(request.path)
      requests += (changed(Array(request.query.utf8), random) + fixedBodies).map { query in
        var other = request
        other.target = "\(path)?\(String(decoding: query, as: UTF8.self))"
        return other
      }
    }
    for (index, field) in request.headers.fields.enumerated() {
      for value in values(like: field.value) {
        requests.append(request.replacing(field: index, with: value))
      }
    }
    for target in ["", "/", "?", "/?%", "/?a=%zz&&=", "//x?\u{0}"] {
      var other = request
      other.target = target
      requests.append(other)
    }
    return requests
  }

  /// Answers made from `response`; the same each time for the same `salt`.
  static func responses(like response: HTTPResponse, salt: String) -> [HTTPResponse] {
    var responses = bodies(like: response.body, response.headers.mediaType, random(salt)).map {
      HTTPResponse(status: response.status, headers: response.headers, body: $0)
    }
    for (index, field) in response.headers.fields.enumerated() {
      for value in values(like: field.value) {
        var other = response
        other.headers = response.headers.replacing(field: index, with: value)
        responses.append(other)
      }
    }
    return responses
  }

  private static func random(_ salt: String) -> SeededRandom {
    SeededRandom(seed: salt.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
  }

  private static func bodies(
    like body: [UInt8], _ mediaType: String?, _ random: SeededRandom
  ) -> [[UInt8]] {
    changed(body, random) + fixedBodies + reshaped(body, mediaType, random)
  }

  /// What a header field may hold instead of `value`.
  private static func values(like value: String) -> [String] {
    [
      "", "x", "-1", "é\u{301}", String(repeating: "9", count: 2000), "9223372036854775807",
      value + ",",
    ]
  }

  /// Enough for each request to be hit in other places, few enough to stay quick in a debug build.
  private static let changesPerRequest = 24

  private static func changed(_ body: [UInt8], _ random: SeededRandom) -> [[UInt8]] {
    guard !body.isEmpty else { return [] }
    var bodies: [[UInt8]] = []
    for _ in 0..<changesPerRequest {
      bodies.append(Array(body.prefix(random.below(body.count))))
      var other = body
      other[random.below(body.count)] = UInt8(random.below(256))
      bodies.append(other)
    }
    return bodies + [body + body, body.reversed()]
  }

  private static let fixedBodies: [[UInt8]] =
    [
      "", " ", "\u{0}", "null", "true", "0", "-1e308", "\"\"", "[]", "{}", "[[]]", "[null]",
      "{\"\":{}}", "=", "&", "%", "%4", "+", "a=%FF%FE&a=%C3%28", "<x/>", "\u{FEFF}",
    ].map { Array($0.utf8) }
    + [
      [0xFF, 0xFE, 0x00], [0xC3], [UInt8](repeating: 0x5B, count: 2000),
      [UInt8](repeating: 0x26, count: 2000), Array("{\"a\":\"\\ud800\"}".utf8),
    ]

  /// The same document with one value at a time replaced by one of another kind.
  private static func reshaped(
    _ body: [UInt8], _ mediaType: String?, _ random: SeededRandom
  ) -> [[UInt8]] {
    if let json = try? JSON.parse(body) {
      var shapes: [JSON] = []
      for count in 0..<min(size(of: json), valuesMax) {
        let first = random.below(JSON.strangers.count)
        for offset in 0..<strangersPerValue {
          let value = JSON.strangers[(first + offset) % JSON.strangers.count]
          shapes.append(replacing(count, in: json, with: value))
        }
      }
      return shapes.map { $0.serialized() }
    }
    guard mediaType != "application/json", let form = try? Form(body) else { return [] }
    let fields = form.fields.map {
      (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
    }
    return fields.indices.flatMap { index in
      let first = random.below(strangers.count)
      var bodies = (0..<strangersPerValue).map { offset in
        var other = fields
        other[index].1 = strangers[(first + offset) % strangers.count]
        return Form.encode(other)
      }
      var without = fields
      without.remove(at: index)
      bodies.append(Form.encode(without))
      return bodies
    }
  }

  /// What no field of a form is meant to hold.
  private static let strangers = ["", "x", "-1", "99999999999999999999", "é", "[]", "{\"a\":1}"]

  /// Values of a document that are replaced, counted from its start.
  private static let valuesMax = 100
  /// Of the kinds a value could have instead, how many are tried: other fixtures try the others.
  private static let strangersPerValue = 2

  private static func size(of json: JSON) -> Int {
    switch json {
    case .array(let values): values.reduce(1) { $0 + size(of: $1) }
    case .object(let object): object.reduce(1) { $0 + size(of: $1.value) }
    default: 1
    }
  }

  /// The document with its value number `target`, counted in the order of reading, replaced.
  private static func replacing(_ target: Int, in json: JSON, with value: JSON) -> JSON {
    if target == 0 { return value }
    var left = target - 1
    func inner(_ child: JSON) -> JSON {
      let size = size(of: child)
      defer { left -= size }
      return left >= 0 && left < size ? replacing(left, in: child, with: value) : child
    }
    switch json {
    case .array(let values): return .array(values.map(inner))
    case .object(let object):
      return .object(
        JSONObject(uniqueMembers: object.map { (key: $0.key, value: inner($0.value)) }))
    default: return json
    }
  }
}

extension JSON {
  /// One value of each kind, at the edges of what each can be.
  fileprivate static let strangers: [JSON] = [
    .null, true, .integer(-1), .integer(.max), .integer(.min), .number(1.5e300), "", "x", [],
    {
      var deep: JSON = [:]
      for _ in 0..<20 { deep = ["a": deep] }
      return deep
    }(),
  ]
}
