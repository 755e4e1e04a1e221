/// What all of Meta's webhooks share: the handshake, the signature, the answer, and whose they are.
///
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>, 2026.
extension MetaApp {
  /// Whether a request comes from Meta: a GET by the word we made up, a POST by its signature over
  /// the bytes as they came.
  func verify(_ request: HTTPRequest) -> Verification {
    if request.method == "GET" { return verifyHandshake(request) }
    let values = request.headers.fields.filter {
      HTTPHeaders.sameName($0.name, Self.signatureHeader)
    }
    guard let value = values.first?.value else {
      return .refused(reason: "\(Self.signatureHeader) is missing")
    }
    guard values.count == 1 else {
      return .refused(reason: "\(Self.signatureHeader) is there more than once")
    }
    guard value.hasPrefix(Self.signaturePrefix),
      let signature = Hex.decode(String(value.dropFirst(Self.signaturePrefix.count))),
      signature.count == 32
    else {
      return .refused(reason: "\(Self.signatureHeader) is not sha256= and 64 hexadecimal digits")
    }
    for (index, secret) in secrets.enumerated()
    where Crypto.constantTimeEquals(
      Crypto.hmac(.sha256, key: secret, request.body), signature)
    {
      return .verified(by: "app_secret[\(index)]")
    }
    return .refused(
      reason: "\(Self.signatureHeader) matches none of this channel's \(secrets.count) app "
        + "secrets; compare app_secret with App settings, Basic at Meta, and make sure that "
        + "nothing in between rewrites the body")
  }

  /// The exact answer to a request: Meta sends anything but 200 again for days, so what cannot be
  /// read is answered like the rest.
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    switch outcome {
    case .stored(.quarantined):
      return HTTPResponse(status: 403)
    case .stored:
      guard request.method == "GET" else {
        return HTTPResponse(status: 200, contentType: "text/plain", body: "EVENT_RECEIVED")
      }
      guard let challenge = Handshake(request).challenge else { return HTTPResponse(status: 400) }
      return HTTPResponse(
        status: 200,
        headers: ["Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"],
        body: Array(challenge.utf8))
    case .unavailable: return HTTPResponse(status: 503)
    case .disabled: return HTTPResponse(status: 410)
    }
  }

  /// The provider whose posts name such an object; `nil` for one we know nothing of.
  static func reader(of request: HTTPRequest) -> String? {
    guard request.method == "POST" else { return nil }
    switch MetaObject.name(in: request.body) {
    case "whatsapp_business_account": return "whatsapp_cloud"
    case "instagram": return "instagram"
    case "page": return "messenger"
    default: return nil
    }
  }

  private static let signatureHeader = "X-Hub-Signature-256"
  private static let signaturePrefix = "sha256="

  private func verifyHandshake(_ request: HTTPRequest) -> Verification {
    let handshake = Handshake(request)
    guard handshake.mode == "subscribe" else {
      return .refused(reason: "the handshake's hub.mode is not subscribe")
    }
    guard let word = handshake.token.map({ Array($0.utf8) }) else {
      return .refused(reason: "the handshake names no hub.verify_token")
    }
    for (index, token) in verifyTokens.enumerated()
    where Crypto.constantTimeEquals(word, token) {
      return .verified(by: "verify_token[\(index)]")
    }
    return .refused(
      reason: "hub.verify_token is none of this channel's; enter the channel's verify_token at "
        + "Meta")
  }
}

/// The GET by which Meta makes sure that an address is ours.
struct Handshake {
  /// `hub.mode`.
  private(set) var mode: String?
  /// `hub.verify_token`.
  private(set) var token: String?
  /// `hub.challenge`, where it is one that may be repeated; anything else could be made to run in a
  /// browser.
  private(set) var challenge: String?

  /// Meta's own are of some ten digits.
  private static let challengeLengthMax = 256

  /// Reads the query of a request.
  init(_ request: HTTPRequest) {
    guard let form = try? Form(request.query.utf8) else { return }
    mode = form["hub.mode"]
    token = form["hub.verify_token"]
    challenge = form["hub.challenge"].flatMap { Self.isHarmless($0) ? $0 : nil }
  }

  private static func isHarmless(_ text: String) -> Bool {
    (1...challengeLengthMax).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
      }
  }
}
