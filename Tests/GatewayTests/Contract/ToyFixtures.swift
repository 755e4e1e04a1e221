@testable import Gateway

/// Writes fixtures of the toy provider, as a person would record them.
struct ToyFixtures {
  static let secret = "toy-secret-0123456789"
  static let message =
    #"{"event":"message","id":"m1","from":"+15550100001","name":"Ada","text":"Hi","at":1791212400}"#
  static let delivered = #"{"event":"delivered","id":"m2","at":1791212401}"#

  let folder: TemporaryFolder
  var root: String { folder.path }

  /// A good set: a channel, a message, a status and a forgery.
  init() throws {
    folder = try TemporaryFolder()
    try write(
      "channel.json",
      """
      {"public_url": "https://gateway.example", "now": "2026-10-05T15:00:00Z",
       "settings": {"secret": ["\(Self.secret)"]}}
      """)
    try write("inbound/message.http", Self.signed(Self.message))
    try write("status/delivered.http", Self.signed(Self.delivered))
    try write("rejected/forged.http", Self.signed(Self.message, secret: "not-the-toy-secret"))
  }

  /// Writes a file of the folder `toy`.
  func write(_ name: String, _ content: String) throws {
    try folder.write(Array(content.utf8), to: "toy/\(name)")
  }

  /// The suite over this folder with that provider in place of the toy.
  func suite(
    _ provider: any Provider.Type = ToyProvider.self, updateGoldens: Bool = false
  ) -> ContractSuite {
    ContractSuite(
      root: root, providers: [provider], updateGoldens: updateGoldens, complete: true)
  }

  /// The distinct `check` words of what the suite finds.
  func failures(_ provider: any Provider.Type = ToyProvider.self) -> Set<String> {
    Set(suite(provider).run().findings.map(\.check))
  }

  /// A request as the toy's server sends it. It also carries the token of the toys without
  /// signature.
  static func signed(_ body: String, secret: String = secret) -> String {
    let signature = Crypto.hmac(.sha256, key: Array(secret.utf8), Array(body.utf8))
    return """
      POST /webhooks/chn_1 HTTP/1.1\r
      Host: gateway.example\r
      Content-Type: application/json\r
      Content-Length: \(body.utf8.count)\r
      Toy-Trace: 7f\r
      Toy-Secret: \(secret)\r
      Toy-Signature: \(Hex.encode(signature))\r
      \r
      \(body)
      """
  }
}
