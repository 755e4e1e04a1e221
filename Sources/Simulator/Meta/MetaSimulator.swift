import Gateway

/// Stands in for Meta towards one account of an app: makes the posts its webhook gets, signed.
///
/// Shapes: <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks> and
/// <https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks>,
/// Graph API v25, read 2026-11-21.
package struct MetaSimulator: Sendable {
  /// The account that people write to.
  package var account: MetaAccount
  /// The address requests go to.
  package var webhookURL: String
  /// Where files are, without a slash at the end; without it WhatsApp's messages name files by
  /// their ids alone, and those of the others are nowhere.
  package var filesURL: String?
  /// What the addresses of files are signed from: that of ``ProviderScript``.
  package var filesSeed: UInt64 = 1
  /// Where ids come from.
  package var random: any RandomSource
  /// The present time, the date of what happens next.
  package var now: Instant
  /// The id that the last message got.
  package private(set) var lastID = ""

  /// Ways in which a request is not Meta's.
  package enum Forgery: String, CaseIterable, Sendable {
    /// One character of the signature is another.
    case signature
    /// Signed with another app's secret.
    case secret
    /// No signature at all.
    case unsigned
    /// Changed after it was signed.
    case changed
  }

  /// Stands in for Meta towards `webhookURL`.
  package init(
    _ account: MetaAccount, webhookURL: String, random: any RandomSource = SystemRandom(),
    now: Instant = SystemClock().now()
  ) {
    self.account = account
    self.webhookURL = webhookURL
    self.random = random
    self.now = now
  }

  /// The GET by which Meta makes sure of an address; the token is the account's unless given.
  package func handshake(challenge: String = "1158201444", token: String? = nil) -> HTTPRequest {
    let query = Form.encode([
      ("hub.mode", "subscribe"), ("hub.challenge", challenge),
      ("hub.verify_token", token ?? account.verifyToken),
    ])
    return HTTPRequest(
      method: "GET", target: "\(webhookURL)?\(String(decoding: query, as: UTF8.self))",
      headers: ["User-Agent": "facebookplatform/1.0 (+http://developers.facebook.com)"])
  }

  /// One post with one update.
  package func post(_ update: MetaUpdate) -> HTTPRequest { post([update]) }

  /// One post with these updates, in their order.
  package func post(_ updates: [MetaUpdate]) -> HTTPRequest {
    post(body: MetaSigner.wire(MetaUpdate.body(updates, at: now).serialized()))
  }

  /// One post with that body, signed.
  package func post(body: [UInt8]) -> HTTPRequest {
    HTTPRequest(
      method: "POST", target: webhookURL,
      headers: headers(signature: MetaSigner.sign(body, secret: account.appSecret)), body: body)
  }

  /// Falsifies a post that was made by this simulator.
  package func forged(_ request: HTTPRequest, _ forgery: Forgery) -> HTTPRequest {
    var forged = request
    let signature = MetaSigner.sign(request.body, secret: account.appSecret)
    switch forgery {
    case .signature:
      forged.headers = headers(
        signature: signature.dropLast() + (signature.hasSuffix("0") ? "1" : "0"))
    case .secret:
      forged.headers = headers(
        signature: MetaSigner.sign(request.body, secret: account.appSecret + "0"))
    case .unsigned: forged.headers = headers(signature: nil)
    case .changed: forged.body.append(UInt8(ascii: " "))
    }
    return forged
  }

  private func headers(signature: String?) -> HTTPHeaders {
    var headers: HTTPHeaders = [
      "User-Agent": "facebookexternalua", "Accept": "*/*", "Content-Type": "application/json",
    ]
    if let signature { headers.add(MetaSigner.header, signature) }
    return headers
  }

  /// Makes the id of a message by `person`, which becomes ``lastID``.
  mutating func newID(of person: String) -> String {
    lastID = MetaID.message(account.product, random, account: account.id, person: person)
    return lastID
  }

  /// The account as WhatsApp's changes name it.
  var metadata: JSON {
    [
      "display_phone_number": .string(account.displayNumber),
      "phone_number_id": .string(account.id),
    ]
  }

  /// The time as WhatsApp writes it.
  var seconds: JSON { .string(String(now.millisecondsSinceEpoch / 1000)) }
}
