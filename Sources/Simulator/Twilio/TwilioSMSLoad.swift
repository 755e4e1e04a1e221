import Gateway

/// Makes any number of signed SMS quickly: what does not change is encoded once.
///
/// Request `n` is a function of the seed and `n` alone, so that many threads can take their own
/// numbers without sharing anything.
package struct TwilioSMSLoad: Sendable {
  /// The most senders there can be: the numbers +15032000000 to +15039999999.
  package static let peopleMax = 8_000_000

  /// A piece of the form or of the signed text.
  private enum Piece {
    case fixed([UInt8])
    case messageSID
    case from
    case text
  }

  private let simulator: TwilioSimulator
  private let people: UInt64
  private let seed: UInt64
  private let form: [Piece]
  private let canonical: [Piece]

  /// Prepares messages of `people` senders (1 to ``peopleMax``) to the number `to`.
  package init(_ simulator: TwilioSimulator, to: String, people: Int, seed: UInt64) {
    self.simulator = simulator
    self.people = UInt64(min(max(people, 1), Self.peopleMax))
    self.seed = seed
    let changing: [String: Piece] = [
      "SmsMessageSid": .messageSID, "SmsSid": .messageSID, "MessageSid": .messageSID,
      "From": .from, "Body": .text,
    ]
    let fields = simulator.message("", from: "+1503", to: to, text: "").fields
    var form: [Piece] = []
    for (index, field) in fields.enumerated() {
      var bytes = Array((index > 0 ? "&" : "").utf8)
      TwilioParameters.append(field.name, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      TwilioParameters.append(field.value, to: &bytes)
      form.append(.fixed(changing[field.name] == nil ? bytes : Self.cut(bytes)))
      if let piece = changing[field.name] { form.append(piece) }
    }
    self.form = form
    let url = TwilioSigner.signable(simulator.signedURL ?? simulator.webhookURL)
    var canonical: [Piece] = [.fixed(Array(url.utf8))]
    // The names of an SMS are ASCII and occur once, so ordering them is all there is to it.
    for field in fields.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      let piece = changing[field.name]
      canonical.append(.fixed(Array((field.name + (piece == nil ? field.value : "")).utf8)))
      if let piece { canonical.append(piece) }
    }
    self.canonical = canonical
  }

  /// Makes request number `index`, from 0: its own SID, the sender `index` modulo the people.
  package func request(_ index: UInt64) -> HTTPRequest {
    let unique = Self.hexadecimal(SeededRandom(seed: seed ^ index).next()) + Self.hexadecimal(index)
    let number = Array(String(2_000_000 + index % people).utf8)
    let text = Array("Order \(index): is it on its way?".utf8)
    var body: [UInt8] = []
    body.reserveCapacity(700)
    for piece in form {
      switch piece {
      case .fixed(let bytes): body += bytes
      case .messageSID: body += Array("SM".utf8) + unique
      case .from: body += Array("%2B1503".utf8) + number
      case .text: TwilioParameters.append(String(decoding: text, as: UTF8.self), to: &body)
      }
    }
    var signed: [UInt8] = []
    signed.reserveCapacity(700)
    for piece in canonical {
      switch piece {
      case .fixed(let bytes): signed += bytes
      case .messageSID: signed += Array("SM".utf8) + unique
      case .from: signed += Array("+1503".utf8) + number
      case .text: signed += text
      }
    }
    let mac = TwilioSigner.hmac(.sha1, key: Array(simulator.authToken.utf8), signed)
    return HTTPRequest(
      method: "POST", target: String(simulator.webhookURL.prefix { $0 != "#" }),
      headers: [
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "I-Twilio-Idempotency-Token": String(decoding: unique, as: UTF8.self),
        "X-Twilio-Signature": TwilioSigner.base64(mac),
      ], body: body)
  }

  /// Drops the value behind the equals sign.
  private static func cut(_ bytes: [UInt8]) -> [UInt8] {
    Array(bytes.prefix { $0 != UInt8(ascii: "=") }) + [UInt8(ascii: "=")]
  }

  private static func hexadecimal(_ value: UInt64) -> [UInt8] {
    let digits = String(value, radix: 16)
    return Array((String(repeating: "0", count: 16 - digits.count) + digits).utf8)
  }
}

extension TwilioSimulator {
  /// Makes the first `count` requests of a ``TwilioSMSLoad``.
  package func manySMS(to: String, people: Int, count: Int, seed: UInt64 = 1) -> [HTTPRequest] {
    let load = TwilioSMSLoad(self, to: to, people: people, seed: seed)
    return (0..<UInt64(max(count, 0))).map { load.request($0) }
  }
}
