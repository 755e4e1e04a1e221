import Glibc

/// What a file holds, by one reading of it.
package struct FileContent: Equatable, Sendable {
  /// The SHA-256 of all of it.
  package let sha256: [UInt8]
  /// How many bytes it has.
  package let size: Int64
  /// Its first bytes.
  package let head: [UInt8]

  /// Bytes that are in memory.
  package init(_ bytes: [UInt8]) {
    sha256 = Crypto.sha256(bytes)
    size = Int64(bytes.count)
    head = Array(bytes.prefix(Self.headBytesMax))
  }

  /// Enough of a file to know its kind: the mark of a tar archive ends at byte 262.
  package static let headBytesMax = 512

  /// How much is read at a time.
  private static let chunkBytes = 1 << 18

  /// Reads a file, and brings to the disk what the system still holds of it.
  package init(settling path: String) throws(File.Failure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw File.failure(path) }
    defer { close(descriptor) }
    guard var digest = SHA256Stream() else { throw File.failure(path) }
    var head: [UInt8] = []
    var size: Int64 = 0
    var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw File.failure(path)
      }
      chunk.withUnsafeBytes { digest.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      if head.count < Self.headBytesMax {
        head += chunk[..<min(count, Self.headBytesMax - head.count)]
      }
      size += Int64(count)
    }
    guard fsync(descriptor) == 0 else { throw File.failure(path) }
    sha256 = digest.finish()
    self.size = size
    self.head = head
  }
}

extension File {
  /// Gives a file another name, in place of one that has it already.
  package static func move(_ path: String, to other: String) throws(Failure) {
    guard rename(path, other) == 0 else { throw failure(path) }
  }

  /// Brings a folder's names to the disk.
  package static func settle(folder path: String) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  /// The length of a file, `nil` when there is none.
  package static func size(_ path: String) -> Int64? {
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int64(info.st_size)
  }

  /// When a file was last written, `nil` when there is none.
  package static func writtenAt(_ path: String) -> Instant? {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    return Instant(
      millisecondsSinceEpoch: Int64(info.st_mtim.tv_sec) * 1000
        + Int64(info.st_mtim.tv_nsec) / 1_000_000)
  }
}
