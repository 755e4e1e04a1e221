import CCurl
import Glibc

/// One exchange under way: an easy handle of curl's, and what arrives.
///
/// Belongs to the client's thread, from which alone curl calls back. Curl holds no reference: the
/// loop keeps the transfer until its handle has left curl's hands.
final class HTTPTransfer {
  /// A connection that was idle for longer is not used again: the other end may be closing it at
  /// this moment, and a request on it would end without anybody knowing whether it arrived.
  private static let idleSecondsMax = 15
  /// A connection is not used for longer, so that a name that moved is followed.
  private static let connectionSecondsMax = 600

  /// The call.
  let call: HTTPCall
  /// Who is told, once.
  let completion: @Sendable (HTTPExchange) -> Void
  /// When it must have ended, in nanoseconds: curl forgets the time while a transfer waits for a
  /// connection.
  let deadline: Int64
  /// curl's handle.
  let easy: UnsafeMutableRawPointer

  private let totalMilliseconds: Int
  private let target: HTTPTarget
  private let trustedCertificatesPath: String?
  private let headers: HTTPHeaderList
  private var inbox: HTTPInbox
  /// A connection stood and the request was about to be written.
  private var hasBegun = false
  private var refused = false
  private var tried = false
  private var isLate = false

  /// Prepares `easy`, which is fresh or reset, for `call`.
  init(
    _ call: HTTPCall, easy: UnsafeMutableRawPointer, trustedCertificatesPath: String?,
    now: Int64, completion: @escaping @Sendable (HTTPExchange) -> Void
  ) throws(TransportFailure) {
    target = try HTTPTarget(call.request.target)
    guard HTTPHeaderList.isToken(call.request.method) else {
      throw TransportFailure(.invalidURL, host: target.place, detail: "the method is no word")
    }
    if target.hasUser, call.destinations != .everywhere {
      throw TransportFailure(.invalidURL, host: target.place, detail: "it names a user")
    }
    headers = try HTTPHeaderList(call.request, host: target.place)
    inbox = HTTPInbox(bytesMax: call.answerBytesMax, path: call.answerPath)
    self.call = call
    self.easy = easy
    self.completion = completion
    self.trustedCertificatesPath = trustedCertificatesPath
    totalMilliseconds = max(call.totalTimeoutMilliseconds, 1)  // 0 is for ever to curl.
    deadline = now + Int64(totalMilliseconds) * 1_000_000
    configure()
    setMethod()
    setCallbacks()
  }

  private func configure() {
    set(CURLOPT_URL, call.request.target)
    set(CURLOPT_CONNECTTIMEOUT_MS, call.connectTimeoutMilliseconds)
    set(CURLOPT_TIMEOUT_MS, totalMilliseconds)
    // Its time-outs would otherwise use SIGALRM, which belongs to the whole process.
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_PROXY, "")
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    if target.isSecure {
      set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
      // The first connection may turn out to carry many requests: the others wait for it.
      set(CURLOPT_PIPEWAIT, 1)
      if let trustedCertificatesPath { set(CURLOPT_CAINFO, trustedCertificatesPath) }
    } else {
      set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    }
    // Signatures cover the target: curl must not tidy up `/../`.
    set(CURLOPT_PATH_AS_IS, 1)
    set(CURLOPT_MAXAGE_CONN, Self.idleSecondsMax)
    set(CURLOPT_MAXLIFETIME_CONN, Self.connectionSecondsMax)
    // Without this, giving up on a name waits for the system's resolver, and with it every other
    // transfer of this thread. Left alone, the resolver's thread ends by itself and cleans up.
    set(CURLOPT_QUICK_EXIT, 1)
    trunkline_curl_set_list(easy, CURLOPT_HTTPHEADER, headers.list)
  }

  private func setMethod() {
    let method = call.request.method
    switch method {
    case "GET" where call.request.body.isEmpty: set(CURLOPT_HTTPGET, 1)
    case "HEAD": set(CURLOPT_NOBODY, 1)
    case "POST": setBody()
    case "PUT", "PATCH", "GET":
      setBody()
      set(CURLOPT_CUSTOMREQUEST, method)
    default:
      if !call.request.body.isEmpty { setBody() }
      set(CURLOPT_CUSTOMREQUEST, method)
    }
  }

  /// Curl takes a copy: an array's bytes stay where they are only inside of a closure.
  private func setBody() {
    set(CURLOPT_POST, 1)
    call.request.body.withUnsafeBytes { body in
      trunkline_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
      if let base = body.baseAddress, !body.isEmpty {
        trunkline_curl_set_pointer(
          easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: base))
      } else {
        set(CURLOPT_COPYPOSTFIELDS, "")
      }
    }
  }

  private func setCallbacks() {
    // Unretained: the loop keeps this object until the handle has been taken from curl.
    let context = Unmanaged.passUnretained(self).toOpaque()
    trunkline_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
    trunkline_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
    trunkline_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
    trunkline_curl_set_pointer(easy, CURLOPT_PREREQDATA, context)
    trunkline_curl_set_write(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    trunkline_curl_set_write(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.inbox.addHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    trunkline_curl_set_open(easy) { context, _, address in
      guard let context, let address else { return CURL_SOCKET_BAD }
      return Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue().open(address)
    }
    trunkline_curl_set_prereq(easy) { context, address, _, port, _ in
      guard let context, let address else { return CURL_PREREQFUNC_ABORT }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.begin(String(cString: address), port: port)
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
  }

  private func set(_ option: CURLoption, _ value: Int) {
    trunkline_curl_set_long(easy, option, value)
  }

  private func set(_ option: CURLoption, _ value: String) {
    trunkline_curl_set_string(easy, option, value)
  }
}

/// What curl asks.
extension HTTPTransfer {
  /// The socket for a connection to `address`, if it may be made.
  private func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
    // Curl wants to say the request again, on a new connection.
    if mayHaveLeft { return CURL_SOCKET_BAD }
    if call.destinations != .everywhere {
      let length = Int(address.pointee.addrlen)
      // By the offset, for the address is longer than the field that C declares for it.
      guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else {
        return CURL_SOCKET_BAD
      }
      let place = (UnsafeRawPointer(address) + offset).assumingMemoryBound(to: sockaddr.self)
      guard let found = IPAddress(place, length: length), allows(found, UInt16(target.port)) else {
        refused = true
        return CURL_SOCKET_BAD
      }
    }
    tried = true
    // O_CLOEXEC is SOCK_CLOEXEC on Linux, which a release build finds in no module imported here.
    return socket(
      address.pointee.family, address.pointee.socktype | O_CLOEXEC, address.pointee.protocol)
  }

  /// Whether the request may be written now to this connection, new or used before. Curl asks
  /// before each time it writes a request, also when it would do so again by itself because a used
  /// connection was closed without an answer: that may have been after it was carried out.
  private func begin(_ address: String, port: Int32) -> Bool {
    if mayHaveLeft { return false }
    // It waited for a connection: curl looks at the time only after it has written the request.
    guard deadline > Int64(clamping: monotonicNanoseconds()) else {
      isLate = true
      return false
    }
    if call.destinations != .everywhere {
      guard let found = IPAddress(address), allows(found, UInt16(exactly: port)) else {
        refused = true
        tried = false
        return false
      }
    }
    hasBegun = true
    return true
  }

  private func allows(_ address: IPAddress, _ port: UInt16?) -> Bool {
    guard let port else { return false }
    return AddressGuard.allows(address, port: port, host: target.host, call.destinations)
  }

  /// Whether bytes of the request may be with the other end. Plain connections count what the
  /// system took; of TLS a part may have gone that is not counted yet.
  private var mayHaveLeft: Bool {
    hasBegun && (target.isSecure || number(CURLINFO_REQUEST_SIZE) > 0)
  }

  private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    inbox.append(bytes, status: number(CURLINFO_RESPONSE_CODE))
  }
}

/// What came of it.
extension HTTPTransfer {
  /// The outcome, after curl said that the transfer has ended.
  func exchange(_ code: CURLcode) -> HTTPExchange {
    let timing = self.timing
    var result: Result<HTTPResponse, TransportFailure>
    if code == CURLE_OK, inbox.finish(status: number(CURLINFO_RESPONSE_CODE)) {
      result = .success(
        HTTPResponse(
          status: number(CURLINFO_RESPONSE_CODE), headers: inbox.headers, body: inbox.body))
    } else {
      result = .failure(failure(code))
    }
    return HTTPExchange(result, timing: timing, remoteAddress: remoteAddress(timing))
  }

  /// The outcome of a transfer that ends because the client does.
  func stopped() -> HTTPExchange {
    HTTPExchange(
      .failure(
        TransportFailure(
          mayHaveLeft ? .other : .cannotConnect, host: target.place, detail: "the client stopped")),
      timing: timing)
  }

  /// The outcome of a transfer that never got a connection.
  func overdue() -> HTTPExchange {
    HTTPExchange(.failure(overdueFailure), timing: timing)
  }

  private var overdueFailure: TransportFailure {
    TransportFailure(.timedOut(afterRequestSent: mayHaveLeft), host: target.place)
  }

  private func failure(_ code: CURLcode) -> TransportFailure {
    // curl's fixed words for the code, never its message for this transfer, which may quote.
    let words = String(cString: curl_easy_strerror(code))
    if inbox.overflowed { return TransportFailure(.tooLarge, host: target.place) }
    if inbox.cannotWrite {
      return TransportFailure(.other, host: target.place, detail: "the file cannot be written")
    }
    if mayHaveLeft {
      return code == CURLE_OPERATION_TIMEDOUT
        ? TransportFailure(.timedOut(afterRequestSent: true), host: target.place)
        : TransportFailure(.other, host: target.place, detail: Self.words(code, words))
    }
    if isLate { return overdueFailure }
    if refused, !tried { return TransportFailure(.forbidden, host: target.place) }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: return TransportFailure(.cannotResolve, host: target.place)
    case CURLE_COULDNT_CONNECT: return TransportFailure(.cannotConnect, host: target.place)
    case CURLE_OPERATION_TIMEDOUT:
      return TransportFailure(.timedOut(afterRequestSent: false), host: target.place)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS:
      return TransportFailure(.tls, host: target.place, detail: words)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return TransportFailure(.invalidURL, host: target.place)
    default: return TransportFailure(.cannotConnect, host: target.place, detail: words)
    }
  }

  /// What a refused repetition looks like to curl says nothing to a person.
  private static func words(_ code: CURLcode, _ words: String) -> String {
    switch code {
    case CURLE_COULDNT_CONNECT, CURLE_ABORTED_BY_CALLBACK: "closed without an answer"
    case CURLE_OK: "closed in the middle of the answer"
    default: words
    }
  }

  private var timing: HTTPTiming {
    var timing = HTTPTiming()
    timing.reused = hasBegun && number(CURLINFO_NUM_CONNECTS) == 0
    if !timing.reused {
      timing.resolved = microseconds(CURLINFO_NAMELOOKUP_TIME_T)
      timing.connected = microseconds(CURLINFO_CONNECT_TIME_T)
      timing.secured = microseconds(CURLINFO_APPCONNECT_TIME_T)
    }
    timing.firstByte = microseconds(CURLINFO_STARTTRANSFER_TIME_T)
    timing.total = microseconds(CURLINFO_TOTAL_TIME_T)
    timing.version =
      switch number(CURLINFO_HTTP_VERSION) {
      case Int(CURL_HTTP_VERSION_1_0): "1.0"
      case Int(CURL_HTTP_VERSION_1_1): "1.1"
      case Int(CURL_HTTP_VERSION_2_0): "2"
      default: ""
      }
    return timing
  }

  private func remoteAddress(_ timing: HTTPTiming) -> String? {
    guard hasBegun || timing.connected > 0 else { return nil }
    var text: UnsafeMutablePointer<CChar>?
    guard trunkline_curl_get_string(easy, CURLINFO_PRIMARY_IP, &text) == CURLE_OK, let text else {
      return nil
    }
    let address = String(cString: text)
    let port = number(CURLINFO_PRIMARY_PORT)
    return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
  }

  private func number(_ info: CURLINFO) -> Int {
    var value = 0
    return trunkline_curl_get_long(easy, info, &value) == CURLE_OK ? value : 0
  }

  private func microseconds(_ info: CURLINFO) -> Int64 {
    var value: curl_off_t = 0
    return trunkline_curl_get_offset(easy, info, &value) == CURLE_OK ? Int64(value) : 0
  }
}
