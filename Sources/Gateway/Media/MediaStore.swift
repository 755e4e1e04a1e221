/// The files themselves: each once, under its SHA-256, in a folder.
///
///     <folder>/tmp/…              what is being written
///     <folder>/<aa>/<sha256 hex>  what is whole; never changed
///
/// A file is on the disk before anything in the database names it. Files that nothing names any
/// more stay: the same bytes may belong to several.
package struct MediaStore: Sendable {
  private let folder: String
  private let random: any RandomSource

  /// 100 MiB: what the largest provider (WhatsApp) takes as a document.
  package static let bytesMax = 100 << 20
  /// What is left of a write that was cut short goes when it is that old: another process may
  /// write into the same folder.
  package static let leftoverMilliseconds: Int64 = 3_600_000

  /// The store in that folder, which is made, and cleared of what a crash has left.
  package init(
    folder: String, now: Instant, random: any RandomSource = SystemRandom()
  ) throws(File.Failure) {
    self.folder = folder
    self.random = random
    try File.makeDirectory("\(folder)/tmp", mode: 0o700)
    let oldest = now.adding(milliseconds: -Self.leftoverMilliseconds)
    for name in try File.list("\(folder)/tmp") {
      let path = "\(folder)/tmp/\(name)"
      if let writtenAt = File.writtenAt(path), writtenAt < oldest { File.remove(path) }
    }
  }

  /// Where to write something that is not whole yet.
  package func temporaryPath() -> String { "\(folder)/tmp/\(Hex.encode(random.bytes(16)))" }

  /// Where the file of that content is, or would be.
  package func path(of sha256: [UInt8]) -> String {
    let name = Hex.encode(sha256)
    return "\(folder)/\(name.prefix(2))/\(name)"
  }

  /// Takes over a whole file, which must be on the disk: see ``FileContent/init(settling:)``. When
  /// this returns, so is its name.
  package func adopt(_ temporary: String, _ content: FileContent) throws(File.Failure) {
    let path = path(of: content.sha256)
    let parent = String(path.dropLast(content.sha256.count * 2 + 1))
    let isNew = !File.isDirectory(parent)
    try File.makeDirectory(parent, mode: 0o700)
    // In place of one that is there: it has the same bytes, or is broken.
    try File.move(temporary, to: path)
    try File.settle(folder: parent)
    if isNew { try File.settle(folder: folder) }
  }

  /// Keeps bytes.
  package func put(_ bytes: [UInt8]) throws(File.Failure) -> FileContent {
    let content = FileContent(bytes)
    let temporary = temporaryPath()
    do throws(File.Failure) {
      try File.write(bytes, to: temporary, mode: 0o600)
      try adopt(temporary, content)
    } catch {
      File.remove(temporary)
      throw error
    }
    return content
  }
}

/// A file of a message of ours, as the dispatcher uploads it.
package enum MediaUpload: Equatable, Sendable {
  /// Here it is.
  case file(path: String, contentType: String, fileName: String, size: Int64)
  /// We do not hold it, or not yet: the sentence says why.
  case missing(String)
}

extension MediaStore {
  /// The file at one place among a message's files.
  package func upload(
    of message: ID<Message>, attachment: Int, _ connection: Connection
  ) throws(StoreError) -> MediaUpload {
    guard let file = try connection.file(of: message, at: Int64(attachment)) else {
      return .missing("the message has no such file")
    }
    guard file.state == "stored", let sha256 = file.sha256 else {
      return .missing(
        file.state == "pending" ? "the file is not here yet" : "the file could not be had")
    }
    let path = path(of: sha256)
    guard let size = File.size(path) else { return .missing("the file is gone from the disk") }
    return .file(
      path: path, contentType: file.contentType ?? MediaType.bytes.description,
      fileName: FileName.safe(file.fileName) ?? "file", size: size)
  }
}
