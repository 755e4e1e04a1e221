import Gateway

/// An account of Twilio's, with what it may sign in with.
package struct TwilioAccount: Equatable, Sendable {
  /// `AC…`.
  package var sid: String
  /// The token that signs callbacks, and with the SID signs in.
  package var authToken: String
  /// Secrets of API keys by their SID, `SK…`.
  package var apiKeys: [String: String]
  /// Where callbacks go that are for an address that begins with the first: a gateway may know
  /// itself by a public address that does not lead to it here. They are signed for the first.
  package var callbackRoute: Route?

  /// An address under another name.
  package struct Route: Equatable, Sendable {
    /// How the address begins for the client.
    package var known: String
    /// How it begins here.
    package var real: String

    /// Leads from one to the other.
    package init(known: String, real: String) {
      self.known = known
      self.real = real
    }
  }

  /// An account.
  package init(
    sid: String, authToken: String, apiKeys: [String: String] = [:], callbackRoute: Route? = nil
  ) {
    self.sid = sid
    self.authToken = authToken
    self.apiKeys = apiKeys
    self.callbackRoute = callbackRoute
  }
}

/// An error as Twilio answers it, <https://www.twilio.com/docs/api/errors>, read 2026-11-20.
struct TwilioError: Error, Equatable {
  /// Twilio's code.
  let code: Int
  /// The sentence.
  let message: String
  /// The status of the answer.
  let status: Int

  /// An error of a parameter unless the status says otherwise.
  init(_ code: Int, _ message: String, status: Int = 400) {
    self.code = code
    self.message = message
    self.status = status
  }

  /// The answer.
  var response: HTTPResponse {
    var response = TwilioAPI.json(
      [
        "code": .integer(Int64(code)), "message": .string(message),
        "more_info": .string("https://www.twilio.com/docs/errors/\(code)"),
        "status": .integer(Int64(status)),
      ], status: status)
    if status == 401 {
      response.headers.add("WWW-Authenticate", "Basic realm=\"Twilio API\"")
    }
    return response
  }

  /// There is nothing at that address.
  static func notFound(_ path: Substring) -> TwilioError {
    TwilioError(20404, "The requested resource \(path) was not found", status: 404)
  }
}

/// Twilio's API of messages: who is asking, and for what.
///
/// <https://www.twilio.com/docs/messaging/api/message-resource>, read 2026-11-20.
final class TwilioAPI: Sendable {
  /// The messages that were accepted.
  let messages: TwilioAPIMessages
  /// The files of messages.
  let media: TwilioAPIMedia

  private let accounts: [String: TwilioAccount]

  /// The API of these accounts; of any when there are none.
  init(
    _ script: ProviderScript, accounts: [TwilioAccount], player: StatusPlayer, clock: any Clock
  ) {
    self.accounts = Dictionary(accounts.map { ($0.sid, $0) }) { $1 }
    messages = TwilioAPIMessages(script, player: player, clock: clock)
    media = TwilioAPIMedia(script)
  }

  /// Understands a request.
  func read(_ request: HTTPRequest, now: Instant) -> ProviderCall {
    let parts = request.path.split(separator: "/")
    if parts.first == "cdn" {
      let response = media.download(request, now: now)
      return .answered("twilio", "media.download", response)
    }
    do throws(TwilioError) {
      return try read(request, parts, now)
    } catch {
      return .answered(
        "twilio", "\(request.method) \(request.path)", error.response, refusal: error.code)
    }
  }

  private func read(
    _ request: HTTPRequest, _ parts: [Substring], _ now: Instant
  ) throws(TwilioError) -> ProviderCall {
    if parts.count == 3, parts[1] == "Indicators", parts[2] == "Typing.json" {
      _ = try signIn(request, as: nil)
      return typing(request)
    }
    guard parts.count >= 4, parts[0] == "2010-04-01", parts[1] == "Accounts" else {
      throw .notFound(request.path)
    }
    let account = try signIn(request, as: String(parts[2]))
    switch (request.method, Array(parts[3...])) {
    case ("POST", ["Messages.json"]):
      return try messages.create(request, account, now: now)
    case ("GET", ["Messages.json"]):
      return .answered(
        "twilio", "messages.list", sender: account.sid, try messages.list(request, account))
    case ("GET", let rest) where rest.count == 2 && rest[0] == "Messages":
      guard rest[1].hasSuffix(".json") else { throw .notFound(request.path) }
      let sid = String(rest[1].dropLast(".json".count))
      return .answered(
        "twilio", "messages.fetch", sender: account.sid,
        try messages.fetch(sid, account, path: request.path))
    case ("GET", let rest) where rest.count == 4 && rest[0] == "Messages" && rest[2] == "Media":
      let sid = String(rest[3].prefix { $0 != "." })
      let host = request.headers["host"]
      guard sid.hasPrefix("ME"), let response = media.redirect(to: sid, host: host, now: now)
      else { throw .notFound(request.path) }
      return .answered("twilio", "media.fetch", sender: account.sid, response)
    default: throw .notFound(request.path)
    }
  }

  private func typing(_ request: HTTPRequest) -> ProviderCall {
    let json = try? JSON.parse(request.body)
    let form = try? Form(request.body)
    let message = json?["messageId"]?.string ?? form?["messageId"] ?? ""
    let channel = json?["channel"]?.string ?? form?["channel"] ?? ""
    guard message.hasPrefix("SM") || message.hasPrefix("MM"), channel.lowercased() == "whatsapp"
    else {
      let error = TwilioError(20001, "Invalid parameter: messageId or channel")
      return .answered("twilio", "typing", error.response, refusal: error.code)
    }
    return .answered("twilio", "typing", Self.json(["success": true]))
  }

  /// Who is asking: the account of the path with its token or one of its keys.
  ///
  /// A stranger with one good half of the credentials gets the same answer as any other.
  private func signIn(
    _ request: HTTPRequest, as sid: String?
  ) throws(TwilioError) -> TwilioAccount {
    let refusal = TwilioError(20003, "Authenticate", status: 401)
    let words = (request.headers["authorization"] ?? "").split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "basic",
      let bytes = Base64.decode(String(words[1])),
      let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
    else { throw refusal }
    let user = String(decoding: bytes[..<colon], as: UTF8.self)
    let password = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
    if accounts.isEmpty {
      guard !user.isEmpty, !password.isEmpty else { throw refusal }
      return TwilioAccount(sid: sid ?? user, authToken: password)
    }
    let fitting = accounts.values.first { account in
      (sid ?? account.sid) == account.sid
        && (user == account.sid ? account.authToken : account.apiKeys[user]) == password
    }
    guard let fitting else { throw refusal }
    return fitting
  }

  /// An answer as Twilio writes it.
  static func json(_ json: JSON, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "application/json"], body: json.serialized())
  }
}
