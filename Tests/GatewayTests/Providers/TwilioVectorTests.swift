import Testing

@testable import Gateway

/// Signatures computed with the official Python SDK 9.13.0, among them the one example that
/// Twilio publishes: <https://www.twilio.com/docs/usage/webhooks/webhooks-security>, 2026-08-13.
@Suite struct TwilioVectorTests {
  /// One signed request and whether it is genuine.
  struct Vector: Sendable, CustomTestStringConvertible {
    let json: JSON
    var testDescription: String { json["name"]?.string ?? "?" }
    subscript(name: String) -> String { json[name]?.string ?? "" }
  }

  static let vectors: [Vector] = {
    guard let bytes = try? File.read("\(TwilioTest.fixtures)/vectors.json"),
      let values = try? JSON.parse(bytes).array
    else { return [] }
    return values.map(Vector.init)
  }()

  @Test func allVectorsAreThere() {
    #expect(Self.vectors.count == 23)
    #expect(Self.vectors.filter { $0["expect"] == "invalid" }.count == 5)
  }

  @Test(arguments: vectors) func acceptsAndRefusesAsTheOfficialValidator(_ vector: Vector) throws {
    let (base, target) = try parts(vector)
    var headers: HTTPHeaders = ["X-Twilio-Signature": vector["signature"]]
    let isJSON = vector["body"].hasPrefix("{") || vector["body"].hasPrefix("[")
    if vector["method"] == "POST" {
      headers.add("Content-Type", isJSON ? "application/json" : TwilioTest.formType)
    }
    var settings: JSONObject = ["auth_token": .string(vector["key"])]
    if let header = vector.json["signature_settings_header"]?.string {
      headers.add("X-Twilio-Webhooks-Signature-Settings", header)
      let id = "webhooks_sharedkey_01jsynthetic"
      settings = ["shared_keys": .string("\(id):\(vector["algorithm"]):\(vector["key"])")]
    }
    let request = HTTPRequest(
      method: vector["method"], target: target, headers: headers,
      body: Array(vector["body"].utf8))
    let isValid = vector["expect"] == "valid"
    #expect(try TwilioTest.channel(settings).accepts(request, at: base) == isValid)
  }

  @Test(arguments: vectors.filter { $0.json["canonical_sha256"] != nil && $0["method"] == "POST" })
  func signsOverTheSameBytesAsTheOfficialValidator(_ vector: Vector) throws {
    // The vector of the wrong scheme holds the hash of what Twilio signed, over https.
    var message = Array(vector["url"].utf8)
    if vector["name"] == "neg-http-scheme" { message = Array("https".utf8) + message.dropFirst(4) }
    TwilioForm(Array(vector["body"].utf8)).appendSigned(to: &message)
    #expect(Hex.encode(Crypto.sha256(message)) == vector["canonical_sha256"])
  }

  private func parts(_ vector: Vector) throws -> (base: String, target: String) {
    let url = vector["url"]
    let slashes = try #require(url.firstIndex(of: ":")).utf16Offset(in: url) + 3
    let path = try #require(url.dropFirst(slashes).firstIndex(of: "/"))
    return (String(url[..<path]), String(url[path...]))
  }
}
