import Gateway

/// The files at Meta: those that people sent, and those that were uploaded to be sent.
final class GraphMedia: Sendable {
  private struct State {
    var files: [String: MetaFile] = [:]
    /// Whose upload it is.
    var owners: [String: String] = [:]
    var uses: [String: Int] = [:]
    var uploads = 0
  }

  /// What may be uploaded, and how much of it: "Supported media types" in
  /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>, read 2026-11-21.
  private static let sizes: [(type: String, bytesMax: Int)] = [
    ("image/jpeg", 5 << 20), ("image/png", 5 << 20), ("image/webp", 500 << 10),
    ("audio/", 16 << 20), ("video/mp4", 16 << 20), ("video/3gpp", 16 << 20),
    ("application/", 100 << 20), ("text/plain", 100 << 20),
  ]

  private let script: ProviderScript
  private let state = Locked(State())

  /// No files of their own.
  init(_ script: ProviderScript) { self.script = script }

  /// Puts a file under an id.
  func add(_ id: String, _ file: MetaFile) { state.withLock { $0.files[id] = file } }

  /// Whether an id is one that was uploaded for this account.
  func holds(_ id: String, for account: MetaAccount) -> Bool {
    state.withLock { $0.owners[id] == account.id }
  }

  /// Takes a file for a number, and returns its id.
  func upload(_ call: GraphCall, _ account: MetaAccount) throws(GraphError) -> String {
    guard call.text("messaging_product") == "whatsapp" else {
      throw GraphError(100, nil, "(#100) The parameter messaging_product is required.")
    }
    guard let upload = call.uploads["file"] else { throw .parameter("file is required") }
    let type = call.text("type")
    guard let limit = Self.sizes.first(where: { type.hasPrefix($0.type) }) else {
      throw GraphError(
        100, nil, "Param file must be a file with one of the supported types; got \(type)")
    }
    guard !upload.bytes.isEmpty, upload.bytes.count <= limit.bytesMax else {
      throw GraphError(131053, nil, "The file is empty or larger than \(limit.bytesMax) bytes")
    }
    return keep(MetaFile(contentType: type, bytes: upload.bytes), account)
  }

  /// Takes a file or the address of one for an Instagram account or a page, and returns its id.
  func attach(_ call: GraphCall, _ account: MetaAccount) throws(GraphError) -> String {
    guard let attachment = call.json("message")?["attachment"],
      let type = attachment["type"]?.string
    else { throw .parameter("message[attachment] is required") }
    let types = ["image": "image/jpeg", "video": "video/mp4", "audio": "audio/mpeg"]
    let contentType = types[type] ?? "application/octet-stream"
    if let upload = call.uploads["filedata"] {
      guard !upload.bytes.isEmpty else { throw GraphError(100, 2_018_047) }
      return keep(MetaFile(contentType: contentType, bytes: upload.bytes), account)
    }
    guard let url = attachment["payload"]?["url"]?.string, GraphLink.isFetchable(url) else {
      throw GraphError(100, 2_018_008, "Failed to fetch the file from the url")
    }
    return keep(MetaFile(contentType: contentType, bytes: Array(url.utf8)), account)
  }

  private func keep(_ file: MetaFile, _ account: MetaAccount) -> String {
    state.withLock { state in
      state.uploads += 1
      let dice = ProviderDice.roll(script.seed, "upload", account.id, state.uploads)
      let id = MetaID.digits(dice, count: 16)
      state.files[id] = file
      state.owners[id] = account.id
      return id
    }
  }

  /// What is known of a file, with an address of its bytes that is good for a while.
  func describe(_ call: GraphCall, now: Instant) throws(GraphError) -> JSON {
    guard (12...20).contains(call.id.utf8.count),
      call.id.utf8.allSatisfy({ (48...57).contains($0) })
    else { throw .missing(call.id) }
    let file = state.withLock { $0.files[call.id] } ?? .sample(call.id)
    let address = MetaFile.address(
      base: "http://\(call.host)", id: call.id,
      expiry: now.adding(milliseconds: script.meta.mediaExpirySeconds * 1000), seed: script.seed)
    return [
      "messaging_product": "whatsapp", "url": .string(address),
      "mime_type": .string(file.contentType), "sha256": .string(file.sha256),
      "file_size": .integer(Int64(file.bytes.count)), "id": .string(call.id),
    ]
  }

  /// The bytes behind an address; one that is over or used up is not there.
  func download(_ call: GraphCall, now: Instant) -> HTTPResponse {
    let id = call.text("mid")
    let hash = call.text("hash")
    guard call.method == "GET", let seconds = Int64(call.text("ext")),
      hash == MetaFile.signature(id, seconds: seconds, seed: script.seed)
    else {
      return HTTPResponse(status: 403, contentType: "text/plain", body: "URL signature mismatch")
    }
    let uses = state.withLock { state in
      state.uses[hash, default: 0] += 1
      return state.uses[hash] ?? 0
    }
    guard now.millisecondsSinceEpoch / 1000 < seconds, uses <= script.meta.mediaUses ?? .max else {
      return HTTPResponse(status: 404, contentType: "text/plain", body: "URL expired")
    }
    let file = state.withLock { $0.files[id] } ?? .sample(id)
    return HTTPResponse(
      status: 200,
      headers: [
        "Content-Type": file.contentType,
        "Content-Disposition": "attachment; filename=\"\(id)\"",
      ], body: file.bytes)
  }
}

/// An address of a file that is to be sent.
enum GraphLink {
  /// Whether Meta could fetch it, by the looks of it; `.invalid` is never found (RFC 2606).
  static func isFetchable(_ url: String) -> Bool {
    isLink(url) && !host(of: url).hasSuffix(".invalid")
  }

  /// Whether it is an address at all.
  static func isLink(_ url: String) -> Bool {
    (url.hasPrefix("https://") || url.hasPrefix("http://")) && !host(of: url).isEmpty
  }

  private static func host(of url: String) -> Substring {
    url.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first?
      .prefix { $0 != ":" } ?? ""
  }
}
