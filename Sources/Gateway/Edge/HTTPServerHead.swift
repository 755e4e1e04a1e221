import CMicrohttpd
import Glibc

/// The request line and header of one request, collected in one pass over the daemon's list.
///
/// It also decides what is no request at all. The daemon is lenient; behind a proxy that reads
/// lengths another way, leniency is how one request is smuggled inside another (RFC 9112 §11.2).
struct HTTPServerHead {
  /// The method as sent.
  let method: String
  /// The fields, values without outer white space.
  private(set) var headers = HTTPHeaders()
  /// What `Content-Length` says; `nil` without one. The daemon has refused what is no number.
  private(set) var contentLength: Int?

  private let isVersion10: Bool
  private let targetIsClean: Bool
  private let headerBytes: Int
  private var isClean = true
  private var hosts = 0
  private var lengths = 0
  private var encodings = 0
  private var isChunked = false

  /// Collects the head of the request that `connection` is reading.
  init(
    _ connection: OpaquePointer, method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?,
    target: String?
  ) {
    self.method = method.map { String(cString: $0) } ?? ""
    isVersion10 = version.map { strcmp($0, "HTTP/1.0") == 0 } ?? false
    targetIsClean = target.map { $0.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } } ?? false
    headerBytes = trunkline_mhd_header_bytes(connection)
    withUnsafeMutablePointer(to: &self) { head in
      _ = MHD_get_connection_values_n(
        connection, .HEADER_KIND,
        { context, _, name, nameCount, value, valueCount in
          guard let context, let name else { return .YES }
          // The pointee lives on the stack of `init`, which waits for this iteration to end.
          context.assumingMemoryBound(to: HTTPServerHead.self).pointee.add(
            UnsafeRawBufferPointer(start: name, count: nameCount),
            UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueCount))
          return .YES
        }, head)
    }
  }

  /// Whether bytes of a body follow the header.
  var announcesBody: Bool { encodings > 0 || lengths > 1 || (contentLength ?? 0) > 0 }

  /// What is wrong with the head, as an answer; `nil` for nothing.
  func problem(headerBytesMax: Int) -> HTTPResponse? {
    if headerBytes > headerBytesMax {
      return .problem(431, "Request line and header may have at most \(headerBytesMax) bytes.")
    }
    if !targetIsClean { return .problem(400, "The request target is malformed.") }
    if !isClean || !method.utf8.allSatisfy(Self.isTokenByte) {
      return .problem(400, "The method or a header name is malformed.")
    }
    if hosts > 1 || (hosts == 0 && !isVersion10) {
      return .problem(400, "HTTP/1.1 needs exactly one Host header.")
    }
    if lengths > 1 || encodings > 1 || (lengths > 0 && encodings > 0) {
      return .problem(400, "The length of the body is given more than once.")
    }
    if encodings > 0, !isChunked || isVersion10 {
      return .problem(501, "The only Transfer-Encoding known is chunked, with HTTP/1.1.")
    }
    return nil
  }

  private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    var value = UnsafeRawBufferPointer(rebasing: value[...])
    while let last = value.last, last == 0x20 || last == 0x09 {
      value = UnsafeRawBufferPointer(rebasing: value.dropLast())
    }
    if !name.allSatisfy(Self.isTokenByte) || name.isEmpty { isClean = false }
    switch name.count {
    case 4 where Self.equal(name, "host"): hosts += 1
    case 14 where Self.equal(name, "content-length"):
      lengths += 1
      // More digits than fit are as good as the largest number: over every limit.
      contentLength = Int(String(decoding: value, as: UTF8.self)) ?? .max
    case 17 where Self.equal(name, "transfer-encoding"):
      encodings += 1
      isChunked = Self.equal(value, "chunked")
    default: break
    }
    headers.add(Self.text(name), Self.text(value))
  }

  /// UTF-8 where it is that, otherwise Latin-1: every byte keeps a meaning (RFC 9110 §5.5).
  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }

  private static func equal(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    // Letters only differ in that bit between the cases; "-" has it set already.
    bytes.count == word.utf8CodeUnitCount
      && word.withUTF8Buffer { word in zip(bytes, word).allSatisfy { $0 | 0x20 == $1 } }
  }

  /// RFC 9110 §5.6.2, with the delimiters that matter: blanks, controls and the colon's kin.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
    default: false
    }
  }
}
