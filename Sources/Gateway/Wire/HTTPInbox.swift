import Glibc

/// What arrives for one exchange: header lines, and a body in memory or in a file.
struct HTTPInbox: ~Copyable {
  /// Header lines together; libcurl's own limit is for one line.
  private static let headerBytesMax = 256 * 1024

  /// The header fields of the last answer; an interim one, such as 100, has its own.
  private(set) var headers = HTTPHeaders()
  /// The body, unless it went to the file.
  private(set) var body: [UInt8] = []
  /// More came than is taken.
  private(set) var overflowed = false
  /// The file could not be made or written.
  private(set) var cannotWrite = false
  /// The blank line behind the header came. Curl takes a connection cut before it for an answer.
  private(set) var isHeadWhole = false
  private var headerBytes = 0
  private var bodyBytes = 0
  private let bytesMax: Int
  private let path: String?
  private var file: Int32 = -1

  /// An empty one, for at most `bytesMax` bytes of body.
  init(bytesMax: Int, path: String?) {
    self.bytesMax = bytesMax
    self.path = path
  }

  deinit { if file >= 0 { close(file) } }

  /// Takes a piece of the body. Taking fewer bytes than there are ends the transfer.
  mutating func append(_ bytes: UnsafeRawBufferPointer, status: Int) -> Int {
    guard bytes.count <= bytesMax - bodyBytes else {
      overflowed = true
      return 0
    }
    bodyBytes += bytes.count
    guard let path, (200...299).contains(status) else {
      body.append(contentsOf: bytes)
      return bytes.count
    }
    return open(path) && write(bytes) ? bytes.count : 0
  }

  /// Takes a header line.
  mutating func addHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
    headerBytes += bytes.count
    guard headerBytes <= Self.headerBytesMax else {
      overflowed = true
      return 0
    }
    let line = String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      headers = HTTPHeaders()
      isHeadWhole = false
    } else if line.trimmed.isEmpty {
      isHeadWhole = true
    } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
      headers.add(String(line[..<colon]), line[line.utf8.index(after: colon)...].trimmed)
    }
    return bytes.count
  }

  /// Ends the answer: its file is there also when nothing came. False when it could not be written,
  /// or the answer is not whole.
  mutating func finish(status: Int) -> Bool {
    guard isHeadWhole else { return false }
    guard let path, (200...299).contains(status) else { return true }
    guard open(path) else { return false }
    // Some file systems say only now that the disk is full.
    cannotWrite = close(file) != 0
    file = -1
    return !cannotWrite
  }

  private mutating func open(_ path: String) -> Bool {
    if file >= 0 { return true }
    file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    cannotWrite = file < 0
    return !cannotWrite
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        cannotWrite = true
        return false
      }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
