import CCurl
import Glibc

/// Sends one HTTP/1.1 request and waits for the answer, on the caller's thread.
///
/// For the command line, checks of channels and tests: places that have a thread to spare. Follows
/// no redirects and asks no proxy, so that a request goes where it says and nowhere else.
package final class HTTPClient: Sendable {
  private let connectTimeoutMilliseconds: Int
  private let totalTimeoutMilliseconds: Int
  private let bodyBytesMax: Int
  private let trustedCertificatesPath: String?

  /// A client whose answers may have `bodyBytesMax` bytes. With `trustedCertificatesPath`, a PEM
  /// file, it trusts these authorities and not the system's.
  package init(
    connectTimeoutMilliseconds: Int = 5000, totalTimeoutMilliseconds: Int = 30_000,
    bodyBytesMax: Int = 16 * 1024 * 1024, trustedCertificatesPath: String? = nil
  ) {
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.totalTimeoutMilliseconds = totalTimeoutMilliseconds
    self.bodyBytesMax = bodyBytesMax
    self.trustedCertificatesPath = trustedCertificatesPath
  }

  /// Sends `request`, whose target is an absolute URL, and returns the answer whatever its status.
  ///
  /// - Throws: ``TransportFailure``. Only after ``TransportFailure/Kind/cannotResolve``,
  ///   `cannotConnect`, `tls` and `timedOut(afterRequestSent: false)` is it sure that nothing
  ///   happened at the other end.
  package func send(_ request: HTTPRequest) throws(TransportFailure) -> HTTPResponse {
    _ = Self.library
    let host = try Self.host(of: request.target)
    guard let easy = EasyHandle() else { throw TransportFailure(.other, host: host) }
    let headers = try HeaderList(request, host: host)
    let inbox = Inbox(bodyBytesMax: bodyBytesMax)
    let code = withExtendedLifetime(inbox) {
      request.body.withUnsafeBytes { body in
        easy.set(CURLOPT_URL, request.target)
        configure(easy)
        Self.setMethod(easy, request.method, body)
        easy.set(CURLOPT_HTTPHEADER, headers)
        // Unretained: `inbox` lives until this closure ends, and the transfer ends inside of it.
        let context = Unmanaged.passUnretained(inbox).toOpaque()
        easy.set(CURLOPT_WRITEDATA, context)
        easy.set(CURLOPT_HEADERDATA, context)
        trunkline_curl_set_write(easy.handle, CURLOPT_WRITEFUNCTION, Inbox.takeBody)
        trunkline_curl_set_write(easy.handle, CURLOPT_HEADERFUNCTION, Inbox.takeHeader)
        return curl_easy_perform(easy.handle)
      }
    }
    guard code == CURLE_OK else { throw Self.failure(code, easy, inbox, host) }
    return HTTPResponse(
      status: easy.long(CURLINFO_RESPONSE_CODE), headers: inbox.headers, body: inbox.body)
  }

  private func configure(_ easy: borrowing EasyHandle) {
    easy.set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeoutMilliseconds)
    easy.set(CURLOPT_TIMEOUT_MS, totalTimeoutMilliseconds)
    // Its time-outs would otherwise use SIGALRM, which belongs to the whole process.
    easy.set(CURLOPT_NOSIGNAL, 1)
    easy.set(CURLOPT_FOLLOWLOCATION, 0)
    easy.set(CURLOPT_PROXY, "")
    easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
    easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    // Signatures cover the target: curl must not tidy up `/../`.
    easy.set(CURLOPT_PATH_AS_IS, 1)
    if let trustedCertificatesPath { easy.set(CURLOPT_CAINFO, trustedCertificatesPath) }
  }

  private static func setMethod(
    _ easy: borrowing EasyHandle, _ method: String, _ body: UnsafeRawBufferPointer
  ) {
    switch method {
    case "GET" where body.isEmpty: easy.set(CURLOPT_HTTPGET, 1)
    case "HEAD": easy.set(CURLOPT_NOBODY, 1)
    case "POST", "PUT", "PATCH", "GET":
      easy.setBody(body)
      easy.set(CURLOPT_CUSTOMREQUEST, method)
    default:
      if !body.isEmpty { easy.setBody(body) }
      easy.set(CURLOPT_CUSTOMREQUEST, method)
    }
  }

  private static func failure(
    _ code: CURLcode, _ easy: borrowing EasyHandle, _ inbox: Inbox, _ host: String
  ) -> TransportFailure {
    if inbox.overflowed { return TransportFailure(.tooLarge, host: host) }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: return TransportFailure(.cannotResolve, host: host)
    case CURLE_COULDNT_CONNECT: return TransportFailure(.cannotConnect, host: host)
    case CURLE_OPERATION_TIMEDOUT:
      let sent = easy.long(CURLINFO_REQUEST_SIZE) > 0
      return TransportFailure(.timedOut(afterRequestSent: sent), host: host)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS:
      return TransportFailure(.tls, host: host, detail: String(cString: curl_easy_strerror(code)))
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return TransportFailure(.invalidURL, host: host)
    default:
      // curl's fixed words for the code, never its message for this transfer, which may quote.
      return TransportFailure(.other, host: host, detail: String(cString: curl_easy_strerror(code)))
    }
  }

  /// `name:port` of an `http` or `https` URL.
  private static func host(of target: String) throws(TransportFailure) -> String {
    guard let url = curl_url() else { throw TransportFailure(.other, host: "URL") }
    defer { curl_url_cleanup(url) }
    func part(_ part: CURLUPart) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else {
        return nil
      }
      defer { curl_free(text) }
      return String(cString: text)
    }
    guard !target.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
      curl_url_set(url, CURLUPART_URL, target, 0) == CURLUE_OK,
      let scheme = part(CURLUPART_SCHEME), scheme == "http" || scheme == "https",
      let host = part(CURLUPART_HOST), !host.isEmpty, let port = part(CURLUPART_PORT)
    else { throw TransportFailure(.invalidURL, host: "URL", detail: "not an http or https URL") }
    return "\(host):\(port)"
  }

  /// Set up once and never torn down: that may only be done when no other thread uses curl.
  private static let library: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
}

/// One transfer of curl's.
private struct EasyHandle: ~Copyable {
  let handle: UnsafeMutableRawPointer

  init?() {
    guard let handle = curl_easy_init() else { return nil }
    self.handle = handle
  }

  deinit { curl_easy_cleanup(handle) }

  func set(_ option: CURLoption, _ value: Int) { trunkline_curl_set_long(handle, option, value) }
  func set(_ option: CURLoption, _ value: String) {
    trunkline_curl_set_string(handle, option, value)
  }
  func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
    trunkline_curl_set_pointer(handle, option, value)
  }
  func set(_ option: CURLoption, _ list: borrowing HeaderList) {
    trunkline_curl_set_list(handle, option, list.list)
  }

  /// The bytes must live until the transfer has ended.
  func setBody(_ body: UnsafeRawBufferPointer) {
    set(CURLOPT_POST, 1)
    trunkline_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
    if let base = body.baseAddress, !body.isEmpty {
      trunkline_curl_set_pointer(
        handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: base))
    } else {
      trunkline_curl_set_string(handle, CURLOPT_POSTFIELDS, "")
    }
  }

  func long(_ info: CURLINFO) -> Int {
    var value = 0
    return trunkline_curl_get_long(handle, info, &value) == CURLE_OK ? value : 0
  }
}

/// The header lines of a request, in curl's form.
private struct HeaderList: ~Copyable {
  private(set) var list: UnsafeMutablePointer<curl_slist>?

  init(_ request: HTTPRequest, host: String) throws(TransportFailure) {
    var lines: [String] = []
    for field in request.headers.fields {
      let bytes = Array(field.name.utf8) + Array(field.value.utf8)
      guard !field.name.isEmpty, !field.name.contains(":"),
        !bytes.contains(where: { $0 < 0x20 && $0 != 0x09 })
      else {
        throw TransportFailure(.invalidURL, host: host, detail: "a header cannot be written")
      }
      // "Name:" would remove a header; "Name;" sends one without a value.
      lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    // Neither curl's idea of a content type nor a wait for "100 Continue".
    if request.headers["content-type"] == nil { lines.append("Content-Type:") }
    if request.headers["expect"] == nil { lines.append("Expect:") }
    list = nil
    for line in lines { list = curl_slist_append(list, line) }
  }

  deinit { curl_slist_free_all(list) }
}

/// What arrives. Reached only from curl's callbacks, on the thread that called `perform`.
private final class Inbox {
  /// Header lines together; libcurl's own limit is for one line.
  private static let headerBytesMax = 256 * 1024

  private(set) var headers = HTTPHeaders()
  private(set) var body: [UInt8] = []
  private(set) var overflowed = false
  private var headerBytes = 0
  private let bodyBytesMax: Int

  init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

  static let takeBody: curl_write_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    return Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
      .append(UnsafeRawBufferPointer(start: bytes, count: size * count))
  }

  static let takeHeader: curl_write_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    return Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
      .addHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
  }

  /// Taking fewer bytes than there are ends the transfer.
  private func append(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard bytes.count <= bodyBytesMax - body.count else {
      overflowed = true
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }

  private func addHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
    headerBytes += bytes.count
    guard headerBytes <= Self.headerBytesMax else {
      overflowed = true
      return 0
    }
    let line = String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      headers = HTTPHeaders()  // An interim answer, such as 100, had its own.
    } else if let colon = line.firstIndex(of: ":") {
      headers.add(String(line[..<colon]), line[line.index(after: colon)...].trimmed)
    }
    return bytes.count
  }
}
