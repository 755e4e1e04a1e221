import Testing

@testable import Gateway

/// Channels and requests for the Twilio tests, signed by an implementation of their own.
enum TwilioTest {
  /// The account of all test channels.
  static let account = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"
  /// The Auth Token of all test channels that do not say otherwise.
  static let token = "4f1d2c3b5a6978877665544332211000"
  /// The public URL of all test channels that do not say otherwise.
  static let publicURL = "https://gw.example.com"
  /// The path Twilio calls.
  static let path = "/hooks/twilio/ch1"
  /// What Twilio calls its forms.
  static let formType = "application/x-www-form-urlencoded; charset=UTF-8"
  /// The folder with Twilio's fixtures: four above this file, then down.
  static let fixtures =
    "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    + "/ProviderFixtures/twilio"

  /// A channel with these settings beside the account.
  static func channel(_ settings: JSONObject = ["auth_token": .string(token)]) throws -> Twilio {
    var all: JSONObject = ["account_sid": .string(account)]
    for member in settings { all[member.key] = member.value }
    return try Twilio(settings: ChannelSettings(all, declared: Twilio.settings))
  }

  /// A form, as Twilio encodes it.
  static func form(_ fields: KeyValuePairs<String, String>) -> [UInt8] {
    Form.encode(fields.map { ($0.key, $0.value) })
  }

  /// A request with a correct signature over its form, or its address alone when `signs` is nil.
  static func signed(
    _ body: [UInt8], method: String = "POST", target: String = path, type: String? = formType,
    key: String = token, digest: Crypto.Digest = .sha1, over base: String = publicURL,
    asForm: Bool = true
  ) -> HTTPRequest {
    var message = Array((base + target).utf8)
    if method == "POST", asForm { message += canonical(body) }
    var headers = HTTPHeaders()
    if let type { headers.add("Content-Type", type) }
    headers.add(
      "X-Twilio-Signature",
      Base64.encode(Crypto.hmac(digest, key: Array(key.utf8), message)))
    return HTTPRequest(method: method, target: target, headers: headers, body: body)
  }

  /// What Twilio's Python SDK appends to the address: for each name its set of values, sorted.
  static func canonical(_ body: [UInt8]) -> [UInt8] {
    var values: [[UInt8]: Set<[UInt8]>] = [:]
    for pair in body.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      values[decoded(parts.first ?? []), default: []].insert(
        parts.count > 1 ? decoded(parts[1]) : [])
    }
    return values.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap { name, values in
      values.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { name + $0 }
    }
  }

  private static func decoded(_ encoded: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = encoded
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
        rest.prefix(2).allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return bytes
  }

  /// The items of a form, read without looking at a signature.
  static func read(
    _ fields: KeyValuePairs<String, String>, target: String = path
  ) throws -> [Item] {
    try channel().read(signed(form(fields), target: target))
  }

  /// The one message of a form.
  static func message(_ fields: KeyValuePairs<String, String>) throws -> InboundMessage {
    guard case .message(let message)? = try read(fields).first?.fact else { throw NotFound() }
    return message
  }

  /// The one call report of a form.
  static func call(_ fields: KeyValuePairs<String, String>) throws -> CallReport {
    guard case .call(let call)? = try read(fields).first?.fact else { throw NotFound() }
    return call
  }

  /// The items do not hold what the test is about.
  struct NotFound: Error {}
}

extension Twilio {
  /// Whether the request is found genuine at that public URL.
  func accepts(_ request: HTTPRequest, at publicURL: String = TwilioTest.publicURL) -> Bool {
    if case .verified = check(request, at: publicURL) { true } else { false }
  }

  /// What is found of the request at that public URL.
  func check(_ request: HTTPRequest, at publicURL: String = TwilioTest.publicURL) -> Verification {
    verify(request, publicURL: publicURL, now: Instant(millisecondsSinceEpoch: 0))
  }
}
