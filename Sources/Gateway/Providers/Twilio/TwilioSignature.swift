/// Checks `X-Twilio-Signature`: an HMAC over the address Twilio called and all decoded form fields.
///
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-security>, 2026-08-13. What is covered:
/// - a GET: the address with its query;
/// - a form: the address, then name and value of each field, sorted;
/// - JSON: the address, in which `bodySHA256` names the body.
struct TwilioSignature {
  /// The secrets of the channel.
  let keys: [TwilioKey]

  /// Whether `request`, called at `publicURL`, was signed with one of the keys.
  func check(_ request: HTTPRequest, publicURL: String) -> Verification {
    guard let header = request.headers["x-twilio-signature"] else {
      return .refused(reason: "the header X-Twilio-Signature is missing")
    }
    // The length too: were an HMAC ever to fail, its empty result must not equal an empty header.
    guard let signature = Base64.decode(header), signature.count == 20 || signature.count == 32
    else {
      return .refused(reason: "the header X-Twilio-Signature is no HMAC in Base64")
    }
    let coverage: Coverage
    let candidates: [TwilioKey]
    do {
      coverage = try Coverage(request)
      candidates = try keys(for: request)
    } catch {
      return .refused(reason: error.reason)
    }
    let addresses = TwilioAddress.candidates(publicURL)
    for address in addresses {
      var message = address.base
      message.reserveCapacity(address.base.count + request.target.utf8.count + request.body.count)
      message.append(contentsOf: request.target.utf8)
      coverage.form?.appendSigned(to: &message)
      for key in candidates
      where Crypto.constantTimeEquals(
        Crypto.hmac(key.digest, key: key.secret, message), signature)
      {
        if let hash = coverage.bodySHA256,
          !Crypto.constantTimeEquals(Crypto.sha256(request.body), hash)
        {
          return .refused(
            reason: "the address is signed with \(key.label), but the body is not the one that "
              + "its bodySHA256 names")
        }
        return .verified(by: "\(key.label) at \(address.label)")
      }
    }
    return .refused(reason: mismatch(request, publicURL, candidates, addresses.count))
  }

  /// Names what was tried. The query stays out: of a GET it is the message itself.
  private func mismatch(
    _ request: HTTPRequest, _ publicURL: String, _ keys: [TwilioKey], _ addresses: Int
  ) -> String {
    let base = TwilioAddress.withoutUserInfo(publicURL)
    let path = request.path.prefix(Self.shownPathMax)
    let query = request.target.contains("?") ? "?…" : ""
    let tried = keys.map(\.label).joined(separator: ", ")
    return
      "X-Twilio-Signature matches none of \(tried) over \(base)\(path)\(query) (\(addresses) "
      + "forms of the address tried); compare public_url with the webhook address at Twilio, and "
      + "the secret with the account's"
  }

  /// How much of a stranger's path a log line shows.
  private static let shownPathMax = 200

  /// The keys that may have signed this request.
  ///
  /// A request that names a SharedKey is checked with that very key and never with an Auth Token;
  /// the digest is the one we configured for it, so naming a weaker one finds no key.
  private func keys(for request: HTTPRequest) throws(Refusal) -> [TwilioKey] {
    let header = request.headers["x-twilio-webhooks-signature-settings"] ?? ""
    let named = try SignatureSettings(header)
    guard let algorithm = named.algorithm else {
      let tokens = keys.filter { $0.sharedID == nil }
      if tokens.isEmpty {
        throw Refusal(
          "the channel has shared keys only, and X-Twilio-Webhooks-Signature-Settings names none")
      }
      return tokens
    }
    guard let digest = TwilioKey.digest(named: algorithm) else {
      throw Refusal("X-Twilio-Webhooks-Signature-Settings asks for an unknown algorithm")
    }
    let ofID = keys.filter { $0.sharedID != nil && $0.sharedID == named.key }
    guard let first = ofID.first else {
      throw Refusal("X-Twilio-Webhooks-Signature-Settings names a key that is not in shared_keys")
    }
    let allowed = ofID.filter { $0.digest == digest }
    if allowed.isEmpty {
      throw Refusal(
        "X-Twilio-Webhooks-Signature-Settings asks for another algorithm than \(first.label) has")
    }
    return allowed
  }
}

/// Why a request is refused before any HMAC.
private struct Refusal: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// What the signature covers beside the address.
private struct Coverage {
  /// The fields that are appended to the address.
  var form: TwilioForm?
  /// The hash that the address names, when it is what binds the body.
  var bodySHA256: [UInt8]?

  /// - Throws: ``Refusal`` when nothing would bind the body.
  init(_ request: HTTPRequest) throws(Refusal) {
    switch request.method {
    case "GET":
      if !request.body.isEmpty { throw Refusal("a GET with a body: nothing signs that body") }
      return
    case "POST": break
    default: throw Refusal("Twilio calls with GET and POST alone")
    }
    let media = TwilioMedia(request)
    if media == .form {
      form = try Self.form(request.body)
    } else if let hash = try Self.hash(in: request.query) {
      bodySHA256 = hash
    } else if media == .json {
      throw Refusal("a JSON body without bodySHA256 in the address: nothing signs that body")
    } else {
      // Twilio signs a form whatever a proxy makes of its Content-Type. If the signature holds
      // over the fields, the body is Twilio's, and reading it will say what is wrong with it.
      form = try Self.form(request.body)
    }
  }

  private static func form(_ body: [UInt8]) throws(Refusal) -> TwilioForm {
    let form = TwilioForm(body)
    if form.isTooLong { throw Refusal("more than \(TwilioForm.fieldsMax) fields") }
    return form
  }

  /// The value of the last `bodySHA256`: Twilio appends its own behind whatever we had.
  private static func hash(in query: Substring) throws(Refusal) -> [UInt8]? {
    let name = "bodySHA256="
    guard let field = query.split(separator: "&").last(where: { $0.hasPrefix(name) }) else {
      return nil
    }
    guard let hash = Hex.decode(String(field.dropFirst(name.count))), hash.count == 32 else {
      throw Refusal("bodySHA256 in the address is not 64 hexadecimal digits")
    }
    return hash
  }
}

/// The header `X-Twilio-Webhooks-Signature-Settings: key=<id>,algorithm=HMAC_SHA256`.
private struct SignatureSettings {
  var key: String?
  var algorithm: String?

  /// - Throws: ``Refusal`` when it names one thing twice: two readers could choose differently.
  init(_ header: String) throws(Refusal) {
    for part in header.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { continue }
      let value = pair[1].trimmed
      switch pair[0].trimmed {
      case "key" where key == nil: key = value
      case "algorithm" where algorithm == nil: algorithm = value
      case "key", "algorithm":
        throw Refusal("X-Twilio-Webhooks-Signature-Settings names a thing twice")
      default: continue
      }
    }
  }
}
