/// The files of messages, from where the gateway keeps files.
package struct MediaFiles: OutboundFiles {
  private let database: Database
  private let store: MediaStore
  private let links: MediaLinks

  /// Files of that store.
  package init(database: Database, store: MediaStore, links: MediaLinks) {
    self.database = database
    self.store = store
    self.links = links
  }

  /// The address at which a provider can fetch a file for a while.
  package func address(of file: ID<Attachment>, publicURL: String, now: Instant) -> String {
    links.url(for: file, publicURL: publicURL, now: now)
  }

  /// The bytes of a file; `nil` when we shall not hold it.
  ///
  /// - Throws: also while it is still to be fetched.
  package func read(_ file: ID<Attachment>) throws -> FileBytes? {
    let known = try database.read { connection in try connection.file(file) }
    if known?.state == "pending" { throw StoreError(.later, "the file is not fetched yet") }
    guard let known, known.state == "stored", let sha256 = known.sha256 else { return nil }
    return FileBytes(
      bytes: try File.read(store.path(of: sha256)), contentType: known.contentType,
      fileName: FileName.safe(known.fileName))
  }
}
