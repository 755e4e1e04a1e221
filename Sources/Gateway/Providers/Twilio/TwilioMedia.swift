/// What a request says its body is.
enum TwilioMedia: Equatable {
  case form
  case json
  /// No Content-Type at all: some proxies drop it.
  case unnamed
  case other

  /// What `Content-Type` says.
  init(_ request: HTTPRequest) {
    guard let contentType = request.headers["content-type"] else {
      self = .unnamed
      return
    }
    // What Twilio sends, tested first and without making a string: this is the hot path.
    if contentType == "application/x-www-form-urlencoded; charset=UTF-8" {
      self = .form
      return
    }
    switch request.headers.mediaType {
    case "application/x-www-form-urlencoded"?: self = .form
    case "application/json"?: self = .json
    case let type? where type.hasPrefix("application/") && type.hasSuffix("+json"): self = .json
    default: self = .other
    }
  }
}
