import Testing

@testable import Gateway

/// What is kept of exchanges: enough to read, never a secret.
@Suite struct ExchangeRecordTests {
  private static let secret = "s3cret/Token+9f"

  private static func record(_ body: [UInt8], target: String = "https://x.example.com/") throws
    -> JSON
  {
    var record = ExchangeRecord(secrets: [secret, "abc"])
    record.add(
      "send", HTTPRequest(method: "POST", target: target, body: body),
      HTTPExchange(.success(HTTPResponse(status: 200, body: body))))
    let list = try JSON.parse(record.rendered)
    return try #require(list.array?.first)
  }

  @Test func aSecretIsHiddenWhereverItStands() throws {
    let secret = utf8(Self.secret)
    forAll(
      200, make: { ($0.someBytes(40), $0.someBytes(40), $0.below(4)) },
      holds: { before, after, copies in
        let body = before + Array((0..<copies).map { _ in secret }.joined()) + after
        let shown = try Self.record(body)
        let text = (shown["request"]?.string ?? "") + (shown["response"]?.string ?? "")
        return !text.contains(Self.secret)
      })
    let target = "https://x.example.com/bot\(Self.secret)/send?k=\(Self.secret)"
    let url = try Self.record([], target: target)["url"]?.string
    #expect(url == "https://x.example.com/bot(hidden)/send?k=(hidden)")
  }

  /// A secret with what each way of writing changes.
  private static let awkward = "s3cret/Tok en+9f\"é😀\\%41\n"

  @Test func aSecretIsHiddenHoweverItIsWritten() throws {
    let plain = utf8(Self.awkward)
    let form = Form.encode([("k", Self.awkward)])
    let json = JSON.string(Self.awkward).serialized()
    let url = utf8(plain.map { "%" + Hex.encode([$0]) }.joined())
    let units = utf8(
      Self.awkward.utf16.map { "\\u" + Hex.encode([UInt8($0 >> 8), UInt8($0 & 255)]) }
        .joined())
    let slashes = utf8(String(decoding: json, as: UTF8.self).replacing("/", with: "\\/"))
    for written in [plain, form, json, url, units, slashes] {
      let shown = SecretMask(secrets: [Self.awkward]).hide(utf8("<") + written + utf8(">"))
      let text = String(decoding: shown, as: UTF8.self)
      #expect(
        ["<(hidden)>", "<k=(hidden)>", "<\"(hidden)\">"].contains(text),
        "\(String(decoding: written, as: UTF8.self)): \(text)")
    }
  }

  @Test func aSecretIsHiddenInBase64WhateverStandsBesideIt() throws {
    forAll(
      200, make: { ($0.someBytes(9), $0.someBytes(9)) },
      holds: { before, after in
        let pair = before + utf8(Self.secret) + after
        return [Base64.encode(pair), Base64URL.encode(pair)].allSatisfy { coded in
          let shown = SecretMask(secrets: [Self.secret]).hide("Basic \(coded)")
          // Characters that hold something of a neighbour, too, may stay.
          let bare = "Basic ".utf8.count + (before.count * 4 + after.count * 4) / 3 + 8
          return shown.contains("(hidden)") && shown.utf8.count <= bare + "(hidden)".utf8.count
        }
      })
  }

  @Test func aSecretWrittenInSeveralWaysAtOnceIsHidden() throws {
    forAll(
      300,
      make: { random in
        utf8(Self.secret).map { byte in
          let hex = Hex.encode([byte])
          let ways = [
            String(decoding: [byte], as: UTF8.self), "%\(hex)", "%\(hex.uppercased())",
            "\\u00\(hex)",
          ]
          return random.pick(ways)
        }.joined()
      },
      holds: { SecretMask(secrets: [Self.secret]).hide("a\($0)z") == "a(hidden)z" })
  }

  @Test func anyBytesCanBeLookedThrough() {
    forAll(
      500,
      make: { random in (0..<random.below(30)).map { _ in random.pick(utf8("%\\ud83de0 +s")) } },
      holds: { SecretMask(secrets: ["secret"]).hide($0) == $0 })
  }

  @Test func secretsBeforeTheCapDoNotUncoverOneThatItCuts() throws {
    let secret = utf8(Self.secret)
    for kept in 1..<secret.count {
      let pad = ExchangeRecord.bodyBytesMax - kept
      // Marks are shorter than what they stand for, so that more of the body comes into sight.
      let start = Array((0..<20).flatMap { _ in secret })
      let body = start + [UInt8](repeating: 0x78, count: pad - start.count + secret.count) + secret
      let text = try #require(try Self.record(body + start)["request"]?.string)
      #expect(!text.contains("s3cre"), "\(kept): \(text.suffix(40))")
    }
  }

  @Test func aHeaderOfTheAnswerIsCappedAndHidden() throws {
    var record = ExchangeRecord(secrets: [Self.secret])
    let headers: HTTPHeaders = ["Retry-After": Self.secret + String(repeating: "9", count: 9999)]
    record.add(
      "send", HTTPRequest(method: "POST", target: "https://x.example.com/"),
      HTTPExchange(.success(HTTPResponse(status: 429, headers: headers))))
    let after = try #require(try JSON.parse(record.rendered).array?.first?["retry_after"]?.string)
    #expect(after.hasPrefix("(hidden)9") && after.utf8.count < 100)
  }

  @Test func aSecretThatTheCapCutsIsHiddenToo() throws {
    let secret = utf8(Self.secret)
    for cut in 0...secret.count + 1 {
      let pad = [UInt8](repeating: 0x78, count: ExchangeRecord.bodyBytesMax - cut)
      let shown = try Self.record(pad + secret + [UInt8](repeating: 0x79, count: 20))
      let text = try #require(shown["request"]?.string)
      let tail = text.drop { $0 == "x" }
      // No more of it may be seen than chance would show.
      #expect(!tail.hasPrefix("s3cre"), "cut after \(cut) bytes: \(tail.prefix(30))")
    }
  }

  @Test func bodiesAreCappedAndSaySo() throws {
    let long = [UInt8](repeating: 0x61, count: 100_000)
    let text = try #require(try Self.record(long)["request"]?.string)
    #expect(text.hasSuffix("… (100000 bytes)"))
    #expect(text.utf8.count < ExchangeRecord.bodyBytesMax + 40)
    let whole = [UInt8](repeating: 0x61, count: ExchangeRecord.bodyBytesMax)
    #expect(try Self.record(whole)["request"]?.string?.utf8.count == whole.count)
    #expect(try Self.record([])["request"] == .null)
  }

  @Test func anyBytesMakeARecordThatCanBeRead() {
    forAll(
      300, make: { $0.someBytes(300) },
      holds: { body in
        let shown = try Self.record(body)
        return shown["status"] == 200 && (body.isEmpty || shown["request"]?.string != nil)
      })
  }

  @Test func stepsWithoutAnExchangeAreKeptInTheirOrder() throws {
    var record = ExchangeRecord(secrets: [])
    record.add("upload", failure: "the file is not here, or not yet")
    record.add(
      "send", HTTPRequest(method: "POST", target: "https://x.example.com/"),
      HTTPExchange(.failure(TransportFailure(.cannotConnect, host: "x.example.com"))))
    let list = try #require(try JSON.parse(record.rendered).array)
    #expect(list.map { $0["step"] } == ["upload", "send"])
    #expect(list.allSatisfy { $0["failure"]?.string?.isEmpty == false })
  }

  @Test func noNameOfAFileBreaksOutOfAMultipartBody() throws {
    forAll(
      300, make: { ($0.someText(20), $0.someText(20), $0.someBytes(60)) },
      holds: { name, type, content in
        var body = Multipart(boundary: "b0undary")
        body.add("chat_id", "5")
        body.add("photo", content, fileName: name, contentType: type)
        let bytes = body.finished()
        // Three borders, and as many lines of header as were written: nothing a name adds.
        let header = bytes.prefix(bytes.count - content.count - 16)
        let lines = header.split(separator: 0x0A)
        return lines.count { $0.starts(with: utf8("--b0undary")) } == 2
          && lines.count { $0.starts(with: utf8("Content-")) } == 3
          && bytes.suffix(14) == utf8("--b0undary--\r\n")[...]
      })
  }
}
