import Gateway

/// The files of Twilio's messages: an address that redirects to a signed one for a short time.
final class TwilioAPIMedia: Sendable {
  private struct File {
    var contentType = "image/jpeg"
    var bytes: [UInt8] = TwilioAPIMedia.sample
    var asked = 0
  }

  /// A picture of one grey point, to its end.
  private static let sample: [UInt8] =
    [0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10] + Array("JFIF".utf8)
    + [0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xFF, 0xD9]

  private let script: ProviderScript
  private let files = Locked<[String: File]>([:])

  /// No files of their own.
  init(_ script: ProviderScript) { self.script = script }

  /// Puts a file under a SID.
  func add(_ sid: String, contentType: String, bytes: [UInt8]) {
    files.withLock { $0[sid] = File(contentType: contentType, bytes: bytes) }
  }

  /// The redirect to the file's bytes; `nil` while there is none yet.
  func redirect(to sid: String, host: String?, now: Instant) -> HTTPResponse? {
    let isReady = files.withLock { files in
      files[sid, default: File()].asked += 1
      return files[sid]?.asked ?? 0 > script.media.notReadyTimes
    }
    guard isReady else { return nil }
    let expiry = now.adding(milliseconds: script.media.expirySeconds * 1000)
      .millisecondsSinceEpoch
    let path = "/cdn/\(sid)?Expires=\(expiry)&Signature=\(signature(sid, expiry))"
    return HTTPResponse(status: 307, headers: ["Location": "http://\(host ?? "localhost")\(path)"])
  }

  /// The bytes. Like the store behind Twilio it wants its own signature and no other credentials.
  func download(_ request: HTTPRequest, now: Instant) -> HTTPResponse {
    func refusal(_ status: Int, _ code: String) -> HTTPResponse {
      HTTPResponse(
        status: status, contentType: "application/xml",
        body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>\(code)</Code></Error>")
    }
    if request.headers["authorization"] != nil { return refusal(400, "InvalidArgument") }
    guard request.method == "GET", let query = try? Form(Array(request.query.utf8)),
      let expiry = query["Expires"].flatMap({ Int64($0) }),
      let sid = request.path.split(separator: "/").last.map(String.init),
      query["Signature"] == signature(sid, expiry)
    else { return refusal(403, "SignatureDoesNotMatch") }
    if now.millisecondsSinceEpoch >= expiry { return refusal(403, "AccessDenied") }
    let file = files.withLock { $0[sid] ?? File() }
    return HTTPResponse(
      status: 200,
      headers: [
        "Content-Type": file.contentType,
        "Content-Disposition": "inline; filename=\"\(sid)\"", "Accept-Ranges": "bytes",
      ], body: file.bytes)
  }

  private func signature(_ sid: String, _ expiry: Int64) -> String {
    let key = Array("cdn \(script.seed)".utf8)
    return TwilioSigner.hexadecimal(
      TwilioSigner.hmac(.sha256, key: key, Array("\(sid) \(expiry)".utf8)))
  }
}
