/// Changes to a genuine request that a provider must notice.
enum Tampering {
  /// How many places of a body, target or header are changed; all of them where there are fewer.
  static let positionsMax = 200

  /// What the provider does not notice, one sentence each, at most one for body, target and header.
  static func problems(_ fixture: Fixture) -> [String] {
    guard fixture.isVerified(fixture.request) else { return [] }
    var problems: [String] = []
    if type(of: fixture.channel.provider).authenticatesBody {
      if fixture.request.body.isEmpty {
        problems += target(fixture)
      } else {
        problems += body(fixture)
      }
    }
    return problems + headers(fixture)
  }

  /// At most `limit` of the indices below `count`, evenly spread, both ends among them.
  static func positions(_ count: Int, limit: Int = positionsMax) -> [Int] {
    if count <= limit { return Array(0..<count) }
    return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
  }

  private static func body(_ fixture: Fixture) -> [String] {
    let original = fixture.request.body
    for length in [original.count - 1, original.count / 2, 0] {
      let cut = fixture.request.with(body: Array(original.prefix(length)))
      if fixture.isVerified(cut), !sameContent(cut, fixture.request) {
        return ["is found genuine with a body cut to \(length) bytes"]
      }
    }
    for position in positions(original.count) {
      // The lowest bit makes another letter; the other one changes upper and lower case.
      for mask: UInt8 in [0x01, 0x20] {
        var changed = original
        changed[position] ^= mask
        let request = fixture.request.with(body: changed)
        if fixture.isVerified(request), !sameContent(request, fixture.request) {
          return ["is found genuine with byte \(position) of its body changed"]
        }
      }
    }
    return []
  }

  /// A request without a body says everything in its address.
  private static func target(_ fixture: Fixture) -> [String] {
    let original = Array(fixture.request.target.utf8)
    for position in positions(original.count) {
      var changed = original
      changed[position] ^= 0x01
      var request = fixture.request
      request.target = String(decoding: changed, as: UTF8.self)
      if fixture.isVerified(request), !sameContent(request, fixture.request) {
        return ["is found genuine with byte \(position) of its target changed"]
      }
    }
    return []
  }

  /// Changes every header without which the request is refused: those prove where it is from.
  private static func headers(_ fixture: Fixture) -> [String] {
    let original = fixture.request.headers
    for (index, field) in original.fields.enumerated()
    where !Fixture.isStandardHeader(field.name) {
      let needed = !fixture.isVerified(fixture.request.replacing(field: index, with: nil))
      guard needed else { continue }
      let value = Array(field.value.utf8)
      for position in positions(value.count) {
        var changed = value
        changed[position] ^= 0x01
        let request = fixture.request.replacing(
          field: index, with: String(decoding: changed, as: UTF8.self))
        if fixture.isVerified(request) {
          return ["is found genuine with byte \(position) of \(field.name) changed"]
        }
      }
    }
    return []
  }

  /// Whether a change changed nothing: a form can be written in several ways, such as `%2B`, `%2b`.
  private static func sameContent(_ left: HTTPRequest, _ right: HTTPRequest) -> Bool {
    guard left.path == right.path, let one = try? Form(Array(left.query.utf8)),
      let other = try? Form(Array(right.query.utf8)), one == other
    else { return false }
    if left.body == right.body { return true }
    guard right.headers.mediaType == "application/x-www-form-urlencoded",
      let one = try? Form(left.body), let other = try? Form(right.body)
    else { return false }
    return one == other
  }
}

extension HTTPRequest {
  /// The request with another body.
  func with(body: [UInt8]) -> HTTPRequest {
    var request = self
    request.body = body
    return request
  }

  /// The request with another value in one of its header fields; `nil` leaves the field out.
  func replacing(field index: Int, with value: String?) -> HTTPRequest {
    var request = self
    request.headers = headers.replacing(field: index, with: value)
    return request
  }
}

extension HTTPHeaders {
  /// The fields with another value in one of them; `nil` leaves the field out.
  func replacing(field index: Int, with value: String?) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for (other, field) in fields.enumerated() {
      if other != index {
        headers.add(field.name, field.value)
      } else if let value {
        headers.add(field.name, value)
      }
    }
    return headers
  }
}
