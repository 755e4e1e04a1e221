import Testing

@testable import Gateway

@Suite struct MediaTypeTests {
  private static func settled(
    _ kind: AttachmentKind, _ expected: String?, _ answered: String?, _ head: String
  ) -> String? {
    MediaType.settled(
      kind: kind, expected: expected, answered: [answered], head: Array(head.utf8))?.description
  }

  @Test func theBytesCountMoreThanWhatIsSaidOfThem() {
    let png = "\u{1A}"  // no mark of anything
    #expect(Self.settled(.image, "image/png", "image/png", png) == "application/octet-stream")
    #expect(Self.settled(.image, "image/png", nil, "GIF89a…") == "image/gif")
    #expect(Self.settled(.document, "text/plain", nil, "%PDF-1.7") == "application/pdf")
    #expect(Self.settled(.voice, "audio/ogg; codecs=opus", nil, "OggS") == "audio/ogg")
    #expect(
      Self.settled(.audio, "audio/x-m4a", nil, "\0\0\0\u{18}ftypmp42") == "audio/x-m4a")
    let office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    #expect(Self.settled(.document, office, nil, "PK\u{3}\u{4}") == office)
    #expect(Self.settled(.document, nil, "text/csv", "a;b") == "text/csv")
    #expect(Self.settled(.document, nil, nil, "a;b") == "application/octet-stream")
    #expect(Self.settled(.image, "image/jpeg", nil, "<svg onload=x>") == "image/svg+xml")
  }

  @Test func aPageIsAFileOnlyWhereOneWasExpected() {
    #expect(Self.settled(.image, "image/jpeg", "text/html", "<p>") == nil)
    #expect(Self.settled(.image, nil, "image/jpeg", " \n<!DocType HTML>") == nil)
    #expect(Self.settled(.document, "application/pdf", "text/html; charset=utf-8", "x") == nil)
    #expect(Self.settled(.document, nil, "text/html", "<html>") == nil)
    #expect(Self.settled(.document, "text/html", "text/html", "<html>") == "text/html")
    #expect(Self.settled(.document, "text/plain", "text/plain", "<html>") == "text/plain")
  }

  @Test(arguments: [
    "", "image", "image/", "/jpeg", "image/jpeg/x", "image/jp eg", "image/jpeg\r\nX: y",
    "image/\u{0}", "ïmage/jpeg", "image/\(String(repeating: "x", count: 200))",
  ])
  func whatIsNoMediaTypeIsNone(_ text: String) {
    #expect(MediaType(text) == nil)
  }

  @Test(arguments: [
    "text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml",
    "application/javascript", "text/javascript", "application/x-shockwave-flash",
    "application/rss+xml", "multipart/x-mixed-replace", "message/rfc822",
  ])
  func whatABrowserWouldRunIsNeverShown(_ text: String) throws {
    let type = try #require(MediaType(text))
    #expect(type.isActive && !type.isShown)
  }

  @Test func nothingIsShownThatIsActive() {
    forAll {
      MediaType("application/" + $0.someText(12))
    } holds: { type in
      guard let type else { return true }
      return !(type.isShown && type.isActive)
    }
  }

  @Test(arguments: [
    ("../../etc/passwd", "passwd"), ("C:\\Temp\\a.doc", "a.doc"),
    ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
    (".htaccess", "htaccess"), ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
    ("фото.jpg", "фото.jpg"),
  ])
  func aNameIsFitToBeShown(_ text: String, _ expected: String) {
    #expect(FileName.safe(text) == expected)
  }

  @Test func aNameThatIsNothingIsNone() {
    for text in ["", ".", "..", "/", "a/..", "\u{0}\n", " "] {
      #expect(FileName.safe(text) == nil, "\(text.debugDescription)")
    }
    #expect(FileName.safe(nil) == nil)
  }

  @Test(.timeLimit(.minutes(1))) func aNameOfMillionsOfDotsHoldsNobodyUp() {
    #expect(FileName.safe(String(repeating: ".", count: 2_000_000) + "a.txt") == "a.txt")
  }

  @Test func noNameBreaksAHeader() {
    forAll {
      $0.someText(300)
    } holds: { text in
      let header = FileName.disposition(text, attachment: true)
      let name = FileName.safe(text)
      return header.hasPrefix("attachment")
        && header.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        && header.count { $0 == "\"" } == (name == nil ? 0 : 2)
        && (name?.utf8.count ?? 0) <= FileName.bytesMax
        && FileName.inDisposition(header) == name.flatMap { FileName.safe($0) }
    }
  }

  @Test func aLongNameKeepsItsEnding() throws {
    let name = try #require(FileName.safe(String(repeating: "ü", count: 300) + ".jpeg"))
    #expect(name.hasSuffix("ü.jpeg") && name.utf8.count <= FileName.bytesMax)
  }
}
