import Simulator
import Testing

@testable import Gateway

/// A running stand-in for the providers' APIs with one account and one bot.
final class ProviderRig {
  static let account = TwilioAccount(
    sid: SimulatorSupport.accountSID, authToken: SimulatorSupport.authToken,
    apiKeys: ["SK0123": "key-secret"])
  static let token = "7123456789:AAsynthetic_token-0123456789"
  static let ours = "+15005550006"

  let server: ProviderServer
  let clock = ManualClock(SimulatorSupport.start)
  private let client = HTTPClient(totalTimeoutMilliseconds: 20_000, bodyBytesMax: 64 << 20)

  init(
    _ script: ProviderScript = ProviderScript(), ledger: ProviderLedger.Detail = .full,
    account: TwilioAccount = ProviderRig.account
  ) throws {
    server = try ProviderServer(
      script: script, twilio: [account], telegram: [TelegramBot(token: Self.token)], clock: clock,
      ledger: ledger)
    server.start()
  }

  deinit { server.stop() }

  var ledger: ProviderLedger { server.ledger }

  func send(_ request: HTTPRequest) throws -> HTTPResponse { try client.send(request) }

  /// A request of Twilio's API below the account.
  func twilio(
    _ method: String, _ path: String, _ form: [(String, String)] = [],
    user: String = account.sid, password: String = account.authToken
  ) throws -> HTTPResponse {
    var headers: HTTPHeaders = [
      "Authorization": "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
    ]
    if method == "POST" { headers.add("Content-Type", "application/x-www-form-urlencoded") }
    return try send(
      HTTPRequest(
        method: method,
        target: "\(server.url)/2010-04-01/Accounts/\(Self.account.sid)\(path)", headers: headers,
        body: method == "POST" ? Form.encode(form) : []))
  }

  /// Sends an SMS.
  @discardableResult
  func sms(
    _ text: String, to: String = "+15035550142", from: String = ours, callback: String? = nil
  ) throws -> HTTPResponse {
    try twilio(
      "POST", "/Messages.json",
      [("To", to), ("From", from), ("Body", text)]
        + (callback.map { [("StatusCallback", $0)] } ?? []))
  }

  /// Calls a method of the Bot API.
  @discardableResult
  func bot(
    _ method: String, _ parameters: JSON = [:], token: String = token
  ) throws -> HTTPResponse {
    try send(
      HTTPRequest(
        method: "POST", target: "\(server.url)/bot\(token)/\(method)",
        headers: ["Content-Type": "application/json"], body: parameters.serialized()))
  }

  /// The outcomes so far, in order.
  var outcomes: [ProviderLedger.Outcome] { ledger.entries.map(\.outcome) }
}

extension HTTPResponse {
  /// The body as JSON; `null` when it is none.
  var json: JSON { (try? JSON.parse(body)) ?? .null }
}
