/// An answer nobody recorded: a status with a body that means nothing, or none at all.
struct GeneratedAnswer: Sendable {
  /// The answer in words, to stand behind "after".
  let title: String
  /// The answer to a request.
  let reply: @Sendable (SendRequest) -> SendReply

  /// Every status with every body, and every failure.
  static let all = statuses(Array(200...599)) + failures
  /// Those that leave most in doubt.
  static let doubtful = statuses(Array(500...599)) + failures
  /// One or two of each kind, and pages that show what was asked: where they cost much.
  static let few =
    statuses([200, 204, 302, 400, 401, 403, 404, 429, 500, 503]) + failures
    + [200, 404, 502].map(echo)

  private static func statuses(_ statuses: [Int]) -> [GeneratedAnswer] {
    statuses.flatMap { status in
      bodies.map { body in
        let response = HTTPResponse(
          status: status, headers: body.type.isEmpty ? [:] : ["Content-Type": body.type],
          body: Array(body.text.utf8))
        return GeneratedAnswer(title: "status \(status) with \(body.title)") { _ in
          .response(response)
        }
      }
    }
  }

  private static let bodies = [
    (title: "an empty body", type: "", text: ""),
    (title: "an HTML body", type: "text/html", text: "<html><h1>Something happened</h1></html>"),
    (title: "half a JSON body", type: "application/json", text: #"{"id": "m1", "error": {"#),
  ]

  private static let failures: [GeneratedAnswer] =
    [
      TransportFailure.Kind.cannotResolve, .cannotConnect, .timedOut(afterRequestSent: false),
      .timedOut(afterRequestSent: true), .tls, .forbidden, .tooLarge, .invalidURL, .other,
    ].map { kind in
      GeneratedAnswer(title: "the failure \(kind)") { request in
        .failure(TransportFailure(kind, host: request.host))
      }
    } + [
      GeneratedAnswer(title: "a file that cannot be had") { request in
        // A request without a file cannot lack one: then something else is in the way.
        request.upload == nil
          ? .failure(TransportFailure(.cannotConnect, host: request.host))
          : .noFile("the file is gone")
      }
    ]

  /// Some proxies and test servers show the request in their error page, credentials and all.
  private static func echo(_ status: Int) -> GeneratedAnswer {
    GeneratedAnswer(title: "status \(status) with a page that shows the request") { request in
      let text = String(decoding: request.http.wire, as: UTF8.self)
      return .response(
        HTTPResponse(
          status: status, contentType: "text/html", body: "<html><pre>\(text)</pre></html>"))
    }
  }
}
