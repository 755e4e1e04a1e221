import Gateway

/// Stands in for Twilio: makes the webhooks an account would send, signed as Twilio signs them.
///
/// Every request's target is the webhook's whole address. A repeat is the same value sent again:
/// each request carries the `I-Twilio-Idempotency-Token` that Twilio keeps over its repeats.
/// Shapes: <https://www.twilio.com/docs/messaging/guides/webhook-request>, read 2026-11-20.
package struct TwilioSimulator: Sendable {
  /// The account, `AC` and 32 hexadecimal digits.
  package var accountSID: String
  /// The primary auth token, the key of the HMAC.
  package var authToken: String
  /// The address requests go to.
  package var webhookURL: String
  /// The address Twilio knows the webhook by, where a proxy makes it another; `nil` for the same.
  package var signedURL: String?
  /// A shared key that signs in place of the auth token.
  package var sharedKey: SharedKey?
  /// True to send parameters in the query of a GET, as a number can be configured.
  package var usesGET = false
  /// How requests are falsified; `nil` for genuine ones.
  package var forgery: Forgery?
  /// Where media addresses point, without a slash at the end.
  package var apiBaseURL = "https://api.twilio.com"
  /// Where SIDs and tokens come from.
  package var random: any RandomSource
  /// The present time of the few requests that name one.
  package var now: Instant

  /// A key of the account for one webhook,
  /// <https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys>,
  /// beta of 2026-09-07.
  package struct SharedKey: Sendable {
    /// The id in `X-Twilio-Webhooks-Signature-Settings`.
    package let id: String
    /// The key of the HMAC.
    package let secret: String
    /// The digest under the HMAC.
    package let digest: TwilioSigner.Digest

    /// Holds a key.
    package init(id: String, secret: String, digest: TwilioSigner.Digest = .sha256) {
      self.id = id
      self.secret = secret
      self.digest = digest
    }
  }

  /// Ways in which a request is not Twilio's.
  package enum Forgery: String, CaseIterable, Sendable {
    /// One character of the signature is another.
    case signature
    /// Signed with another key.
    case secret
    /// No signature at all.
    case unsigned
    /// Changed after it was signed.
    case changed
  }

  /// Stands in for the account `accountSID` towards `webhookURL`.
  package init(
    accountSID: String, authToken: String, webhookURL: String, signedURL: String? = nil,
    random: any RandomSource = SystemRandom(), now: Instant = SystemClock().now()
  ) {
    self.accountSID = accountSID
    self.authToken = authToken
    self.webhookURL = webhookURL
    self.signedURL = signedURL
    self.random = random
    self.now = now
  }

  /// Makes a simulator whose requests are all falsified in this way.
  package func forged(_ forgery: Forgery) -> TwilioSimulator {
    var forger = self
    forger.forgery = forgery
    return forger
  }

  /// Makes an identifier: a prefix such as `SM` and 32 hexadecimal digits.
  package func sid(_ prefix: String) -> String {
    prefix + TwilioSigner.hexadecimal(random.bytes(16))
  }

  /// Signs a form, and sends it as the webhook is configured.
  package func request(_ form: TwilioParameters) -> HTTPRequest {
    if usesGET {
      let query = String(decoding: form.encoded, as: UTF8.self)
      return request("GET", query: query, form: TwilioParameters(), body: [], contentType: nil)
    }
    return request(
      "POST", query: nil, form: form, body: form.encoded,
      contentType: "application/x-www-form-urlencoded; charset=UTF-8")
  }

  /// Signs a JSON body: its hash goes into the query, and the signature covers the address alone.
  package func request(json body: [UInt8]) -> HTTPRequest {
    let hash = TwilioSigner.bodyHash(body)
    return request(
      "POST", query: "bodySHA256=\(hash)", form: TwilioParameters(), body: body,
      contentType: "application/json")
  }

  private func request(
    _ method: String, query: String?, form: TwilioParameters, body: [UInt8], contentType: String?
  ) -> HTTPRequest {
    var headers: HTTPHeaders = ["User-Agent": "TwilioProxy/1.1", "Accept": "*/*"]
    if let contentType { headers.add("Content-Type", contentType) }
    headers.add("I-Twilio-Idempotency-Token", uuid())
    if let sharedKey {
      headers.add(
        "X-Twilio-Webhooks-Signature-Settings",
        "key=\(sharedKey.id),algorithm=\(sharedKey.digest.rawValue)")
    }
    let signature = TwilioSigner.sign(
      url: Self.append(query, to: signedURL ?? webhookURL), form: form,
      key: (sharedKey?.secret ?? authToken) + (forgery == .secret ? "0" : ""),
      digest: sharedKey?.digest ?? .sha1)
    switch forgery {
    case .unsigned: break
    case .signature: headers.add("X-Twilio-Signature", Self.misspelt(signature))
    default: headers.add("X-Twilio-Signature", signature)
    }
    var request = HTTPRequest(
      method: method, target: Self.append(query, to: webhookURL), headers: headers, body: body)
    if forgery == .changed { Self.change(&request) }
    return request
  }

  /// Adds to the query of an address whose fragment is not sent.
  private static func append(_ query: String?, to url: String) -> String {
    let bare = String(url.prefix { $0 != "#" })
    guard let query else { return bare }
    return bare + (bare.contains("?") ? "&" : "?") + query
  }

  /// Another text of the same length and alphabet. The first character is changed: the last one
  /// before the padding has bits that some decoders ignore.
  private static func misspelt(_ signature: String) -> String {
    (signature.hasPrefix("A") ? "B" : "A") + signature.dropFirst()
  }

  private static func change(_ request: inout HTTPRequest) {
    if request.body.isEmpty {
      request.target += "&Forged=1"
    } else if request.headers.mediaType == "application/json" {
      request.body.append(0x20)
    } else {
      request.body += Array("&Forged=1".utf8)
    }
  }

  /// A UUID version 4, RFC 9562 §5.4.
  private func uuid() -> String {
    var bytes = random.bytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let ends = [4, 6, 8, 10, 16]
    return zip([0] + ends, ends).map { TwilioSigner.hexadecimal(Array(bytes[$0..<$1])) }
      .joined(separator: "-")
  }
}
