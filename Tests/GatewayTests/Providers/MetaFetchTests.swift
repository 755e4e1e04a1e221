import Testing

@testable import Gateway

@Suite struct MetaFetchTests {
  private static let address = "https://scontent.cdninstagram.com/v/t51/1.jpg?oh=1&oe=2"

  private static func next(
    _ source: String = address, type: String? = nil, base: String = "https://graph.facebook.com",
    after replies: [SendReply] = []
  ) -> FetchStep {
    MetaFetch(baseURL: "\(base)/v25.0").next(
      AttachmentReference(kind: .image, source: source, contentType: type),
      after: replies.map { CompletedStep("file", $0) })
  }

  private static func status(_ status: Int, _ headers: HTTPHeaders = [:]) -> SendReply {
    .response(HTTPResponse(status: status, headers: headers))
  }

  private static func isFinal(_ step: FetchStep) -> Bool? {
    if case .failed(_, let isFinal) = step { isFinal } else { nil }
  }

  private static func target(_ step: FetchStep) -> String? {
    guard case .request(_, let request, let isFile) = step else { return nil }
    #expect(isFile)
    #expect(request.headers["authorization"] == nil)
    return request.target
  }

  @Test func aFileIsAskedForWithoutTheToken() {
    #expect(Self.target(Self.next()) == Self.address)
    #expect(
      Self.next(after: [Self.status(200, ["Content-Type": "image/jpeg"])])
        == .done(contentType: "image/jpeg", fileName: nil))
    #expect(
      Self.next(
        type: "image/png",
        after: [Self.status(200, ["Content-Type": "application/octet-stream"])])
        == .done(contentType: "image/png", fileName: nil))
  }

  @Test func onlyMetasServersAreAsked() {
    for address in [
      "https://cdn.fbsbx.com/v/1.pdf", "https://lookaside.fbsbx.com/ig/1?signature=2",
      "https://video.xx.fbcdn.net:443/1.mp4", "https://www.instagram.com/p/1",
      "https://FACEBOOK.com/1",
    ] {
      #expect(Self.target(Self.next(address)) == address)
    }
    for address in [
      "http://scontent.cdninstagram.com/1", "https://evilfbcdn.net/1",
      "https://fbcdn.net.evil.example/",
      "https://fbcdn.net@evil.example/1", "https://evil.example#.fbcdn.net/",
      "https://evil.example?.fbcdn.net", "https://fbcdn.net:8443/1", "https://127.0.0.1/1",
      "ftp://fbcdn.net/1",
      "file:///etc/passwd", "",
    ] {
      #expect(Self.isFinal(Self.next(address)) == true)
    }
  }

  @Test func whereTheSettingsPutTheApiItsFilesMayBeToo() {
    let base = "http://127.0.0.1:9100"
    #expect(Self.target(Self.next("\(base)/media/1", base: base)) == "\(base)/media/1")
    #expect(Self.isFinal(Self.next("http://127.0.0.1:91001/1", base: base)) == true)
    #expect(Self.isFinal(Self.next("http://127.0.0.1/1", base: base)) == true)
  }

  @Test func redirectsAreFollowedWithinMeta() {
    let there = "https://scontent.xx.fbcdn.net/2.jpg"
    let moved = Self.status(302, ["Location": there])
    #expect(Self.target(Self.next(after: [moved])) == there)
    let path = Self.status(302, ["Location": "/3.jpg"])
    #expect(
      Self.target(Self.next(after: [moved, path])) == "https://scontent.xx.fbcdn.net/3.jpg")
    #expect(Self.isFinal(Self.next(after: [moved, path, moved, path])) == true)
    for elsewhere in ["https://evil.example/1", "//evil.example/1", "http://fbcdn.net/1", "x"] {
      let away = Self.status(301, ["Location": elsewhere])
      #expect(Self.isFinal(Self.next(after: [away])) == true)
    }
    #expect(Self.isFinal(Self.next(after: [Self.status(302)])) == true)
  }

  @Test func anAddressThatHasExpiredIsGoneForGood() {
    for status in [403, 404, 410, 400] {
      #expect(Self.isFinal(Self.next(after: [Self.status(status)])) == true)
    }
    for status in [408, 429, 500, 503] {
      #expect(Self.isFinal(Self.next(after: [Self.status(status)])) == false)
    }
    func failed(_ kind: TransportFailure.Kind) -> FetchStep {
      Self.next(after: [.failure(TransportFailure(kind, host: "a:443"))])
    }
    #expect(Self.isFinal(failed(.tooLarge)) == true)
    #expect(Self.isFinal(failed(.forbidden)) == true)
    #expect(Self.isFinal(failed(.cannotConnect)) == false)
  }
}
