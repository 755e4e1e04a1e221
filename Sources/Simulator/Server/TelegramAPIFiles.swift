import Gateway

/// The files bots can fetch, and those they sent.
final class TelegramAPIFiles: Sendable {
  private struct File {
    var path: String
    var bytes: [UInt8]
    var expiresAt = Instant(millisecondsSinceEpoch: 0)
  }

  private struct Table {
    var byID: [String: File] = [:]
    var idByPath: [String: String] = [:]
  }

  /// Bots can fetch no larger ones: <https://core.telegram.org/bots/api#getfile>.
  private static let downloadBytesMax = 20 << 20

  private let script: ProviderScript
  private let table = Locked(Table())

  /// No files of their own.
  init(_ script: ProviderScript) { self.script = script }

  /// Puts a file under an id.
  func add(_ id: String, path: String, bytes: [UInt8]) {
    table.withLock { $0.byID[id] = File(path: path, bytes: bytes) }
  }

  /// The answer of `getFile`. The path is good for a time, and anew after each call.
  func describe(_ id: String, now: Instant) throws(TelegramError) -> JSON {
    guard Self.isFileID(id) else { throw .bad("invalid file_id") }
    let expiresAt = now.adding(milliseconds: script.media.expirySeconds * 1000)
    let file = table.withLock { table -> File in
      let count = table.byID.count
      var file =
        table.byID[id]
        ?? File(path: Self.path(of: id, number: count), bytes: Array("a file of \(id)".utf8))
      file.expiresAt = expiresAt
      table.byID[id] = file
      table.idByPath[file.path] = id
      return file
    }
    if file.bytes.count > Self.downloadBytesMax { throw .bad("file is too big") }
    return [
      "file_id": .string(id), "file_unique_id": .string("AQAD\(id.suffix(11))"),
      "file_size": .integer(Int64(file.bytes.count)), "file_path": .string(file.path),
    ]
  }

  /// The bytes behind a path that `getFile` gave.
  func download(_ path: String, now: Instant) throws(TelegramError) -> HTTPResponse {
    let file = table.withLock { table in table.idByPath[path].flatMap { table.byID[$0] } }
    guard let file, now < file.expiresAt else { throw TelegramError(404, "Not Found") }
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "application/octet-stream"], body: file.bytes)
  }

  /// Whether it has the look of a file id.
  static func isFileID(_ text: String) -> Bool {
    text.utf8.count >= 20
      && text.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0 & 0xDF) || $0 == 0x5F || $0 == 0x2D
      }
  }

  /// The folder and ending that ids of each kind have.
  private static func path(of id: String, number: Int) -> String {
    let kinds = [
      "AgAC": ("photos", "jpg"), "BAAC": ("videos", "mp4"), "AwAC": ("voice", "oga"),
      "CgAC": ("animations", "mp4"), "CAAC": ("stickers", "webp"), "CQAC": ("music", "mp3"),
    ]
    let (folder, ending) = kinds[String(id.prefix(4))] ?? ("documents", "pdf")
    return "\(folder)/file_\(number).\(ending)"
  }
}
