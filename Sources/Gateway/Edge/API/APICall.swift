/// One authenticated request of the API, as an endpoint sees it.
package struct APICall: Sendable {
  /// The request.
  package let request: HTTPRequest
  /// What stood where the route has names in braces, in order.
  package let parameters: [String]
  /// Whose request it is.
  package let key: APIKey

  /// The tenant whose data it sees.
  package var tenantID: ID<Tenant> { key.tenantID }

  /// The identifier in the path.
  ///
  /// - Throws: 404: what cannot be an identifier is not there.
  package func id<Noun>(_ noun: Noun.Type = Noun.self) throws(APIError) -> ID<Noun> {
    guard let text = parameters.first, let id = ID<Noun>(text) else {
      throw .notFound("There is nothing with this identifier.")
    }
    return id
  }

  /// The members of the JSON body; an absent body has none.
  package func body(allowed: [String]) throws(APIError) -> JSONObject {
    if request.body.isEmpty { return [:] }
    let object = try object()
    try Self.check(object, allowed)
    return object
  }

  /// The JSON object in the body, whatever its members.
  package func object() throws(APIError) -> JSONObject {
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(request.body)
    } catch {
      throw .invalid("body", error.description)
    }
    guard let object = json.object else { throw .invalid("body", "must be a JSON object") }
    return object
  }

  /// Refuses members that are not known, naming the nearest that is.
  package static func check(
    _ object: JSONObject, _ allowed: [String]
  ) throws(APIError) {
    for member in object where !allowed.contains(member.key) {
      throw .invalid(member.key, Spelling.unknown("member", member.key, among: allowed))
    }
  }

  /// The value of a query parameter, decoded.
  package func query(_ name: String) throws(APIError) -> String? {
    do throws(Form.Malformed) {
      return try Form(Array(request.query.utf8)).nonEmpty(name)
    } catch {
      throw .invalid(name, "the query is not URL-encoded")
    }
  }

  /// How many entries the caller wants, 1 to `most`.
  package func limit(standard: Int = 50, most: Int = 200) throws(APIError) -> Int {
    guard let text = try query("limit") else { return standard }
    guard let limit = Int(text), (1...most).contains(limit) else {
      throw .invalid("limit", "must be a whole number from 1 to \(most)")
    }
    return limit
  }
}

/// Why a call cannot be served, as the caller is to hear it.
package struct APIError: Error, Sendable {
  /// The HTTP status.
  package let status: Int
  /// The sentence.
  package let detail: String
  /// The fields concerned.
  package var errors: [HTTPResponse.FieldProblem] = []

  /// Something is not there, or is another tenant's: both look the same.
  package static func notFound(_ detail: String) -> APIError {
    APIError(status: 404, detail: detail)
  }

  /// A field is wrong.
  package static func invalid(_ field: String, _ message: String) -> APIError {
    APIError(
      status: 422, detail: "\(field): \(message)",
      errors: [HTTPResponse.FieldProblem(field: field, message: message)])
  }

  /// What is asked for collides with what is there.
  package static func conflict(_ detail: String) -> APIError {
    APIError(status: 409, detail: detail)
  }

  /// The response.
  package var response: HTTPResponse { .problem(status, detail, errors: errors) }
}

extension HTTPResponse {
  /// A response with a JSON body.
  package static func json(_ json: JSON, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "application/json"], body: json.serialized())
  }

  /// A page of a list: `{"data":[…],"next_cursor":…}`.
  package static func page<Element>(
    _ elements: [Element], next cursor: String?, write: (Element, inout JSONWriter) -> Void
  ) -> HTTPResponse {
    var writer = JSONWriter(capacity: 4096)
    writer.raw("{\"data\":[")
    for (index, element) in elements.enumerated() {
      if index > 0 { writer.raw(",") }
      write(element, &writer)
    }
    writer.raw("],\"next_cursor\":")
    writer.string(cursor)
    writer.raw("}")
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: writer.bytes)
  }
}
