extension HTTPResponse {
  /// One field of a request that is wrong.
  package struct FieldProblem: Equatable, Sendable {
    /// Where: the name, with dots for what is nested.
    package let field: String
    /// What is wrong with it, without quoting secrets.
    package let message: String
    /// The kind of reason in a word that programs can go by, where there are kinds.
    package let code: String?

    /// A finding.
    package init(field: String, message: String, code: String? = nil) {
      self.field = field
      self.message = message
      self.code = code
    }

    /// The finding as JSON: `{"field","message","code"?}`.
    package var json: JSON {
      var object: JSONObject = ["field": .string(field), "message": .string(message)]
      if let code { object["code"] = .string(code) }
      return .object(object)
    }
  }

  /// An error as RFC 9457 wants it. `detail` is for the person who sent the request: a sentence
  /// without a stack, a secret or SQL.
  package static func problem(
    _ status: Int, _ detail: String, errors: [FieldProblem] = []
  ) -> HTTPResponse {
    // "about:blank" says that the status explains the kind of the problem (RFC 9457 §4.2.1).
    var object: JSONObject = [
      "type": "about:blank", "title": .string(HTTPStatus.reason(status)),
      "status": .integer(Int64(status)), "detail": .string(detail),
    ]
    if !errors.isEmpty {
      object["errors"] = .array(errors.map(\.json))
    }
    return HTTPResponse(
      status: status, headers: ["Content-Type": "application/problem+json"],
      body: JSON.object(object).serialized())
  }
}
