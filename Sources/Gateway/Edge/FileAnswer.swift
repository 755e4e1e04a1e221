/// The answer that gives out a file: whole, a part, or "unchanged", and so that no browser takes
/// what a stranger sent for a page of ours.
package struct FileAnswer: Sendable {
  /// Who is to read the file.
  package enum Reader: Sendable {
    /// A person's browser, behind the CRM: only what it can show without harm has its own type.
    case person
    /// A provider, which needs the type that the file has.
    case provider
  }

  private let path: String
  private let size: Int64
  private let tag: String
  private let type: MediaType
  private let fileName: String?
  private let reader: Reader

  /// The answer for a file; `nil` when we do not hold it.
  package init?(_ file: StoredFile, in store: MediaStore, for reader: Reader) {
    guard file.state == "stored", let sha256 = file.sha256 else { return nil }
    path = store.path(of: sha256)
    guard let size = File.size(path) else { return nil }
    self.size = size
    tag = "\"\(Hex.encode(sha256))\""
    type = MediaType(file.contentType) ?? .bytes
    fileName = file.fileName
    self.reader = reader
  }

  /// The answer to a request.
  package func response(to request: HTTPRequest) -> HTTPResponse {
    if let tags = request.headers["if-none-match"], isNamed(in: tags) {
      return HTTPResponse(status: 304, headers: ["ETag": tag, "Cache-Control": Self.caching])
    }
    switch range(request) {
    case .whole:
      return HTTPResponse(
        status: 200, headers: headers, file: FileSlice(path: path, offset: 0, length: size))
    case .part(let offset, let length):
      var headers = headers
      headers.add("Content-Range", "bytes \(offset)-\(offset + length - 1)/\(size)")
      return HTTPResponse(
        status: 206, headers: headers,
        file: FileSlice(path: path, offset: offset, length: length))
    case .unsatisfiable:
      var response = HTTPResponse.problem(416, "The file has \(size) bytes.")
      response.headers.add("Content-Range", "bytes */\(size)")
      return response
    }
  }

  /// Readers may keep a file but have to ask; its content never changes, so that is a short answer.
  private static let caching = "private, no-cache"

  /// Only GET has ranges, and only of the file that the reader has the rest of.
  private func range(_ request: HTTPRequest) -> ByteRange {
    guard request.method == "GET" else { return .whole }
    if let condition = request.headers["if-range"], condition != tag { return .whole }
    return ByteRange(request.headers["range"], size: size)
  }

  private func isNamed(in tags: String) -> Bool {
    tags.split(separator: ",").map(\.trimmed).contains {
      $0 == "*" || $0 == tag || $0 == "W/\(tag)"
    }
  }

  private var headers: HTTPHeaders {
    let keepsType = type.isShown || (reader == .provider && !type.isActive)
    let shownType = keepsType ? type : .bytes
    var headers: HTTPHeaders = [
      "Content-Type": shownType.description,
      "Content-Disposition": FileName.disposition(fileName, attachment: !type.isShown),
      "X-Content-Type-Options": "nosniff", "ETag": tag, "Accept-Ranges": "bytes",
      "Cache-Control": Self.caching,
    ]
    // Browsers show no PDF in a sandbox; their readers have one of their own.
    if shownType.description != "application/pdf" {
      headers.add("Content-Security-Policy", "default-src 'none'; sandbox")
    }
    return headers
  }
}
