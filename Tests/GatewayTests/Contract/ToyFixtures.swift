@testable import Gateway

/// Writes fixtures of the toy provider, as a person would record them.
struct ToyFixtures {
  static let secret = "toy-secret-0123456789"
  static let message =
    #"{"event":"message","id":"m1","from":"+15550100001","name":"Ada","text":"Hi","at":1791212400}"#
  static let delivered = #"{"event":"delivered","id":"m2","at":1791212401}"#

  let folder: TemporaryFolder
  var root: String { folder.path }

  /// A second after the time in `channel.json`.
  static let later = Instant(millisecondsSinceEpoch: 1_791_212_401_000)
  static let hello = #"""
    {"id": "msg_1", "transport": "sms", "recipient": {"type": "phone", "value": "+15550100001"},
     "text": "Hello"}
    """#
  static let accepted = response("200 OK", #"{"id":"t1"}"#)

  /// A good set: a channel, a message, a status, a forgery, and messages to send.
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
    try write("outbound/hello.message.json", Self.hello)
    try write("outbound/hello.accepted.response.http", Self.accepted)
    try write(
      "outbound/hello.busy.response.http",
      Self.response("429 Too Many Requests\r\nRetry-After: 2", #"{"error":"busy"}"#))
    try write("outbound/hello.silent.response.http", "")
    try write(
      "outbound/hello.cut.response.http",
      "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\":")
    try write(
      "outbound/hello.long.message.json",
      Self.hello.replacing("Hello", with: String(repeating: "Hello ", count: 40)))
    try write(
      "outbound/picture.message.json",
      Self.hello.replacing(
        #""text": "Hello""#,
        with: #""attachments": [{"kind": "image", "url": "https://a.example/a.png"}]"#))
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

  /// An answer as the toy's server gives it. Header lines may follow the status.
  static func response(_ status: String, _ body: String) -> String {
    """
    HTTP/1.1 \(status)\r
    Content-Type: application/json\r
    Content-Length: \(body.utf8.count)\r
    \r
    \(body)
    """
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

extension String {
  /// The text with each occurrence of `part` replaced.
  func replacing(_ part: String, with other: String) -> String {
    guard !part.isEmpty else { return self }
    var (result, rest) = ("", Substring(self))
    while !rest.isEmpty {
      if rest.hasPrefix(part) {
        result += other
        rest = rest.dropFirst(part.count)
      } else {
        result.append(rest.removeFirst())
      }
    }
    return result
  }
}
