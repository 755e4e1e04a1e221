import Glibc

/// Reads answers from one connection: as much of HTTP as the daemon's answers need.
struct AnswerReader {
  // An answer to a webhook has a few hundred bytes, one to a thousand messages has a million.
  private var bytes = [UInt8](repeating: 0, count: 4096)
  private static let bytesMax = 8 << 20
  private var filled = 0

  /// Takes in what has come. The status once an answer is whole, `nil` before.
  mutating func read(_ socket: Int32) throws(RigError) -> Int? {
    let start = filled
    if start == bytes.count, start < Self.bytesMax {
      bytes += [UInt8](repeating: 0, count: start)
    }
    let count = bytes.withUnsafeMutableBytes { buffer in
      recv(
        socket, buffer.baseAddress.map { $0 + start }, buffer.count - start,
        Int32(MSG_DONTWAIT))
    }
    if count < 0, errno == EAGAIN || errno == EINTR { return nil }
    if count < 0 { throw .system("reading an answer") }
    if count == 0 { throw RigError("the daemon closed a connection, or its answer is too long") }
    filled += count
    guard let answer = Self.whole(bytes[..<filled]) else { return nil }
    guard answer.count == filled else { throw RigError("an answer nobody asked for") }
    filled = 0
    return answer.status
  }

  private static let end = Array("\r\n\r\n".utf8)
  private static let length = Array("content-length:".utf8)

  private static func whole(_ bytes: ArraySlice<UInt8>) -> (status: Int, count: Int)? {
    guard let head = find(end, in: bytes) else { return nil }
    let status = number(bytes.dropFirst("HTTP/1.1 ".utf8.count))
    var count = head + end.count
    if let field = find(length, in: bytes[..<head]) {
      count += number(bytes[(field + length.count)...].drop { $0 == UInt8(ascii: " ") })
    }
    return count <= bytes.count ? (status, count) : nil
  }

  /// The first place of `pattern`, which is lower case.
  private static func find(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= pattern.count else { return nil }
    return (0...bytes.count - pattern.count).first { start in
      // Setting the sixth bit makes ASCII letters lower case and leaves what else is looked for.
      pattern.indices.allSatisfy { index in
        let byte = bytes[start + index]
        return byte == pattern[index] || byte | 0x20 == pattern[index]
      }
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    var value = 0
    for byte in bytes.prefix(9) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
