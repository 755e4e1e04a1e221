import Testing

@testable import Gateway

/// A file that the provider holds already is not uploaded to it again.
@Suite struct UploadTests {
  private let rig: OutboundRig
  private let channel: Channel

  init() throws {
    rig = try OutboundRig()
    channel = try rig.channel()
  }

  /// Gives a message a file with these bytes.
  private func attach(_ bytes: [UInt8], to message: ID<Message>) throws {
    try rig.store.database.write { transaction in
      var reference = AttachmentReference(
        kind: .image, source: "https://example.com/a.png", contentType: "image/png")
      reference.fileName = "a.png"
      _ = try transaction.add(
        Attachment(
          id: transaction.ids.next(), reference: reference, state: "stored",
          sha256: Crypto.sha256(bytes)), to: message)
    }
  }

  private func known(_ message: ID<Message>, afterHours hours: Int64 = 0) throws -> String? {
    let at = rig.store.clock.now().adding(milliseconds: hours * 3_600_000)
    return try rig.store.database.read { [channel] in
      try $0.uploads(of: message, channel: channel.id, at: at)[0]
    }
  }

  private func send(_ text: String, _ bytes: [UInt8], at: Instant? = nil) throws -> ID<Message> {
    // It is due only once it has its file.
    let soon = rig.store.clock.now().adding(milliseconds: 1000)
    let id = try rig.enqueue(text, on: channel, at: soon)
    try attach(bytes, to: id)
    rig.advance(milliseconds: 1000)
    return id
  }

  @Test func theSameFileKeepsItsIDForAsLongAsTheProviderKeepsIt() throws {
    let caller = LineCaller { number, _ in
      var response = HTTPResponse(status: number == 0 ? 420 : 200, body: Array("m\(number)".utf8))
      response.headers.add("X-Upload", "up-\(number)")
      if number == 0 { response.headers.add("Retry-After", "10") }
      return .success(response)
    }
    try rig.start(caller)
    let first = try send("a", [1, 2, 3])
    // Also when the rest of it did not go: only then the file need not go again.
    _ = try rig.delivery(first) { $0.retryAt != nil }
    #expect(try known(first) == "up-0")
    rig.advance(milliseconds: 15_000)
    _ = try rig.message(first) { $0.status == .sent }
    // The newer id counts.
    #expect(try known(first) == "up-1")
    let second = try rig.enqueue(
      "b", on: channel, at: rig.store.clock.now().adding(milliseconds: 9_000_000_000))
    try attach([1, 2, 3], to: second)
    let third = try rig.enqueue(
      "c", on: channel, at: rig.store.clock.now().adding(milliseconds: 9_000_000_000))
    try attach([1, 2, 4], to: third)
    #expect(try known(second) == "up-1" && known(third) == nil)
    #expect(try known(second, afterHours: 25) == nil)
    let assembled = try assemble(second)
    #expect(assembled.content.attachments.first?.uploadID == "up-1")
    // With less than an hour to spare it is uploaded anew.
    rig.store.clock.advance(milliseconds: 83_000_000)
    #expect(try assemble(second).content.attachments.first?.uploadID == nil)
    #expect(try rig.store.database.write { try $0.forgetUploads() } == 0)
    rig.store.clock.advance(milliseconds: 86_400_000)
    #expect(try rig.store.database.write { try $0.forgetUploads() } == 1)
  }

  private func assemble(_ id: ID<Message>) throws -> OutboundMessage {
    let live = try #require(rig.directory[channel.id])
    let now = rig.store.clock.now()
    return try rig.store.database.read { connection in
      let due = try #require(try connection.due(id.delivery))
      return try OutboundAssembly(connection, live, NoFiles(), now: now).message(due).message
    }
  }
}
