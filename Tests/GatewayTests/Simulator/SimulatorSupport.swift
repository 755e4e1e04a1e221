import Gateway
import Simulator

/// The invented account of the signature vectors.
enum SimulatorSupport {
  static let accountSID = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"
  static let authToken = "4f1d2c3b5a6978877665544332211000"
  static let url = "https://gw.example.com/hooks/twilio/ch1"
  static let secret = "Gw_2026-syntheticSecretToken_9fK3"
  static let start = Instant(millisecondsSinceEpoch: 1_791_210_000_000)
  static let ivana = TelegramPerson(id: 6_012_345_678, firstName: "Ивана", lastName: "K.")
  static let group = TelegramChat.group(id: -1_002_233_445_566, title: "Room", topic: nil)

  static func twilio(seed: UInt64 = 1, signedURL: String? = nil) -> TwilioSimulator {
    TwilioSimulator(
      accountSID: accountSID, authToken: authToken, webhookURL: url, signedURL: signedURL,
      random: SeededRandom(seed: seed), now: start)
  }

  static func telegram(seed: UInt64 = 1) -> TelegramSimulator {
    TelegramSimulator(
      botID: 7_123_456_789, secretToken: secret, webhookURL: "https://gw.example.com/tg",
      random: SeededRandom(seed: seed), now: start)
  }

  /// A body read by the gateway's decoder, which the simulator does not use.
  static func form(_ request: HTTPRequest) throws -> TwilioParameters {
    let body = request.method == "GET" ? Array(request.query.utf8) : request.body
    return TwilioParameters(
      try Form(body).fields.map {
        (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
      })
  }

  /// The signature a request should carry, from its own bytes.
  static func signature(
    _ request: HTTPRequest, url: String? = nil, key: String = authToken
  ) throws -> String {
    let isForm = request.headers.mediaType == "application/x-www-form-urlencoded"
    return TwilioSigner.sign(
      url: url ?? request.target, form: isForm ? try form(request) : TwilioParameters(), key: key)
  }
}

extension TwilioParameters {
  /// The value of the first parameter of that name.
  subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}
