@testable import Gateway

/// No files at all.
struct NoFiles: OutboundFiles {
  func address(of file: ID<Attachment>, publicURL: String, now: Instant) -> String {
    "\(publicURL)/media/\(file)"
  }
  func read(_ file: ID<Attachment>) throws -> FileBytes? { nil }
}
