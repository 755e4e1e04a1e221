import Testing

@testable import Gateway

/// Files through the API and under their public addresses.
@Suite(.timeLimit(.minutes(2))) struct FileEndpointTests {
  private let api: APITests.Fixture
  private let store: MediaStore

  init() throws {
    api = try APITests.Fixture()
    store = try MediaStore(
      folder: "\(api.test.store.folder)/media", now: api.test.store.clock.now())
  }

  private func upload(
    _ body: [UInt8], type: String? = "image/jpeg", name: String = "a.jpg"
  ) throws -> HTTPResponse {
    var headers: HTTPHeaders = ["Authorization": "Bearer \(try #require(api.keys[.backend]))"]
    if let type { headers.add("Content-Type", type) }
    let query = Form.encode([("file_name", name)])
    return api.listener.respond(
      HTTPRequest(
        method: "POST", target: "/v1/files?\(String(decoding: query, as: UTF8.self))",
        headers: headers, body: body))
  }

  private func uploaded(
    _ body: [UInt8], type: String? = "image/jpeg", name: String = "a.jpg"
  ) throws -> FileID {
    let response = try upload(body, type: type, name: name)
    #expect(response.status == 201)
    let id = try JSON.parse(response.body)["id"]?.string
    return try #require(id.flatMap { FileID($0) })
  }

  private func get(
    _ id: FileID, key: String? = nil, method: String = "GET", _ more: HTTPHeaders = [:]
  ) throws -> HTTPResponse {
    let key = try key ?? #require(api.keys[.agent])
    var headers: HTTPHeaders = ["Authorization": "Bearer \(key)"]
    for field in more.fields { headers.add(field.name, field.value) }
    return api.listener.respond(
      HTTPRequest(method: method, target: "/v1/files/\(id)", headers: headers))
  }

  private func content(_ response: HTTPResponse) throws -> [UInt8] {
    let slice = try #require(response.file)
    let bytes = try File.read(slice.path)
    return Array(bytes[Int(slice.offset)..<Int(slice.offset + slice.length)])
  }

  @Test func whatWasUploadedComesBack() throws {
    let id = try uploaded(MediaRig.jpeg, name: "../Ünser Bild\r\n.jpg")
    let response = try get(id)
    #expect(response.status == 200)
    #expect(try content(response) == MediaRig.jpeg)
    #expect(response.headers["content-type"] == "image/jpeg")
    #expect(
      response.headers["content-disposition"]
        == "inline; filename=\"_nser Bild.jpg\"; filename*=UTF-8''%C3%9Cnser%20Bild.jpg")
    #expect(response.headers["x-content-type-options"] == "nosniff")
    #expect(response.headers["accept-ranges"] == "bytes")
  }

  @Test func anUploadSaysWhatWasKept() throws {
    let response = try upload(MediaRig.jpeg)
    let json = try JSON.parse(response.body)
    #expect(json["content_type"]?.string == "image/jpeg")
    #expect(json["file_name"]?.string == "a.jpg")
    #expect(json["size"]?.integer == Int64(MediaRig.jpeg.count))
  }

  @Test func aPartIsTheSliceOfTheFile() throws {
    let id = try uploaded(MediaRig.jpeg)
    let response = try get(id, ["Range": "bytes=2-5"])
    #expect(response.status == 206)
    #expect(try content(response) == Array(MediaRig.jpeg[2...5]))
    #expect(response.headers["content-range"] == "bytes 2-5/\(MediaRig.jpeg.count)")
    let beyond = try get(id, ["Range": "bytes=500-"])
    #expect(beyond.status == 416)
    #expect(beyond.headers["content-range"] == "bytes */\(MediaRig.jpeg.count)")
    #expect(try get(id, method: "HEAD", ["Range": "bytes=2-5"]).status == 200)
  }

  @Test func aPartOfAnotherVersionIsTheWholeFile() throws {
    let id = try uploaded(MediaRig.jpeg)
    let tag = try #require(try get(id).headers["etag"])
    let same = try get(id, ["Range": "bytes=0-0", "If-Range": tag])
    #expect(same.status == 206)
    let other = try get(id, ["Range": "bytes=0-0", "If-Range": "\"other\""])
    #expect(other.status == 200)
    #expect(try get(id, ["If-None-Match": "\"x\", \(tag)"]).status == 304)
    #expect(try get(id, ["If-None-Match": "\"x\""]).status == 200)
  }

  @Test(arguments: [
    ("text/html", "<html><script>"), ("image/svg+xml", "<svg>"), ("application/xml", "<?xml"),
    ("application/javascript", "alert(1)"), ("application/x-unheard-of", "x"),
    ("text/css", "a{}"),
  ])
  func nothingThatABrowserMightRunIsShown(type: String, body: String) throws {
    let id = try uploaded(Array(body.utf8), type: type, name: "x\"; evil=\"y")
    let response = try get(id)
    #expect(response.headers["content-type"] == "application/octet-stream")
    #expect(response.headers["content-disposition"]?.hasPrefix("attachment; filename=") == true)
    #expect(response.headers["content-security-policy"]?.contains("sandbox") == true)
    #expect(response.headers["x-content-type-options"] == "nosniff")
  }

  @Test func whatIsNoFileIsRefusedWithTheField() throws {
    #expect(try upload([]).status == 422)
    #expect(try upload([1, 2], type: "no type").status == 422)
    #expect(try upload(Array("<html>".utf8), type: "image/png").status == 422)
    #expect(try upload([1, 2], type: nil).status == 201)
  }

  @Test func uploadsMayBeLargerThanOtherCallsButNotWithoutAKey() {
    let listener = APIListener(
      api.table, database: api.test.store.database, pool: api.pool, log: .none,
      bodyBytesMax: 1 << 30)
    let admit: (HTTPHeaders) -> Admission = { headers in
      listener.admit(
        HTTPRequest(method: "POST", target: "/v1/files", headers: headers), remoteAddress: "")
    }
    guard case .accept(let limit) = admit(["Authorization": "Bearer x", "Content-Type": "a/b"])
    else {
      Issue.record("refused")
      return
    }
    #expect(limit == FileEndpoints.uploadBytesMax)
    guard case .answer(let response) = admit(["Content-Length": "5"]) else {
      Issue.record("admitted")
      return
    }
    #expect(response.status == 401)
  }

  @Test func anotherTenantsFileIsNotThere() throws {
    let id = try uploaded(MediaRig.jpeg)
    #expect(try get(id, key: api.strangerKey).status == 404)
    let never = FileID(high: id.high, low: id.low ^ 1)
    #expect(try get(never).status == 404)
  }

  @Test func aMessagesFileIsSaidToBePendingUntilItIsThere() throws {
    let rig = try MediaRig()
    let message = try rig.receive(1)
    let file = try #require(message.attachments.first)
    // The API on the rig's database, as its own fixture makes it.
    let services = Services(
      database: rig.test.store.database, directory: rig.test.directory, ingest: rig.test.ingest,
      vault: rig.test.vault, ids: rig.test.store.ids, random: SeededRandom(seed: 1),
      clock: rig.test.store.clock, client: HTTPClient(), media: rig.store,
      metrics: rig.test.metrics, operatorTenant: rig.test.acme.id)
    let listener = APIListener(
      .api(services), database: rig.test.store.database, pool: api.pool, log: .none,
      bodyBytesMax: 1 << 20)
    let ask: (Tenant) throws -> HTTPResponse = { tenant in
      let text = APIKeyText.make(SystemRandom())
      _ = try rig.test.store.database.write {
        try $0.addAPIKey(
          tenant: tenant.id, name: "k", role: .admin, hash: APIKeyText.hash(text))
      }
      return listener.respond(
        HTTPRequest(
          method: "GET", target: "/v1/files/\(file.id)",
          headers: ["Authorization": "Bearer \(text)"]))
    }
    let pending = try ask(rig.test.acme)
    #expect(pending.status == 409)
    #expect(String(decoding: pending.body, as: UTF8.self).contains("pending"))
    rig.start()
    #expect(rig.becomes("stored", message))
    #expect(try content(try ask(rig.test.acme)) == MediaRig.jpeg)
    #expect(try ask(rig.test.other).status == 404)
    File.remove(rig.store.path(of: Crypto.sha256(MediaRig.jpeg)))
    #expect(try ask(rig.test.acme).status == 404)
  }

  // MARK: Public addresses

  private func publicMedia(_ links: MediaLinks) -> PublicMedia {
    PublicMedia(
      database: api.test.store.database, store: store, links: links, clock: api.test.store.clock,
      log: .none)
  }

  @Test func aProviderFetchesAFileOverASocketWithTheTypeItHas() throws {
    let office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    let bytes = Array("PK\u{3}\u{4}".utf8) + SeededRandom(seed: 2).bytes(300_000)
    let id = try uploaded(bytes, type: office, name: "a.docx")
    let links = MediaLinks(api.test.vault)
    let media = publicMedia(links)
    defer { media.stop() }
    let listener = WebhookListener(
      ingest: api.test.ingest, directory: api.test.directory, media: media,
      log: .none, metrics: api.test.metrics, bodyBytesMax: 1 << 20)
    let server = try HTTPServer(.test(), handler: listener)
    defer { server.stop() }
    let path = links.url(for: id, publicURL: "", now: api.test.store.clock.now())
    let client = try RawClient(port: server.port)
    let whole = try client.get(path)
    #expect(whole.status == 200)
    #expect(whole.headers["content-type"] == office)
    #expect(whole.body == bytes)
    client.send("GET \(path) HTTP/1.1\r\nHost: test\r\nRange: bytes=1000-200999\r\n\r\n")
    let part = try client.response()
    #expect(part.status == 206)
    #expect(part.body == Array(bytes[1000..<201_000]))
    client.send("HEAD \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
    let head = try client.response(hasBody: false)
    #expect(head.headers["content-length"] == "\(bytes.count)")
    client.send("POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n")
    #expect(try client.response().status == 405)
    // What is gone from the disk is not there, and the connection lives.
    File.remove(store.path(of: Crypto.sha256(bytes)))
    #expect(try client.get(path).status == 404)
    #expect(
      try client.get("/media/\(String(path.dropFirst("/media/".count).reversed()))").status == 404)
    #expect(try client.get("/media/x").status == 404)
  }

  @Test func aPageIsNoPageForProvidersEither() throws {
    let id = try uploaded(Array("<html>".utf8), type: "text/html")
    let links = MediaLinks(api.test.vault)
    let now = api.test.store.clock.now()
    let token = String(links.url(for: id, publicURL: "", now: now).dropFirst("/media/".count))
    let media = publicMedia(links)
    defer { media.stop() }
    let response = media.respond(HTTPRequest(method: "GET", target: ""), token: token)
    #expect(response.status == 200)
    #expect(response.headers["content-type"] == "application/octet-stream")
    api.test.store.clock.advance(milliseconds: 90_000_000)
    #expect(media.respond(HTTPRequest(method: "GET", target: ""), token: token).status == 404)
  }

  @Test func aFileThatShrankIsAnErrorAndNotAHangingAnswer() throws {
    let path = "\(api.test.store.folder)/short"
    try File.write([1, 2, 3], to: path)
    let server = try HTTPServer(
      .test(),
      handler: ScriptedHandler { _, reply in
        reply.send(
          HTTPResponse(
            status: 200, headers: [:], file: FileSlice(path: path, offset: 1, length: 3)))
      })
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    #expect(try client.get("/").status == 500)
    #expect(try client.get("/").status == 500)
  }
}
