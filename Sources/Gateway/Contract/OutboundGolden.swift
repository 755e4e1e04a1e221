/// A golden file of a message: what we make of it, or of an answer to it.
struct OutboundGolden {
  /// The file's name without the message's: `request.http`, `accepted.outcome.json`.
  let file: String
  /// What stands in it.
  let content: Content

  /// What stands in a golden.
  enum Content {
    /// Values, however they are laid out.
    case json(JSON)
    /// A request, byte for byte.
    case wire([UInt8])
  }

  /// A file of JSON.
  init(_ file: String, _ json: JSON) {
    self.file = file
    content = .json(json)
  }

  private init(_ file: String, wire: [UInt8]) {
    self.file = file
    content = .wire(wire)
  }

  /// The goldens of a request, `<name>.http` and for an upload `<name>.upload.json`: the body is
  /// written by the dispatcher, with a boundary that differs each time.
  static func request(_ request: SendRequest, _ name: String) -> [OutboundGolden] {
    let wire = OutboundGolden("\(name).http", wire: request.http.wire)
    guard let upload = request.upload else { return [wire] }
    let fields = upload.fields.map { field -> JSON in
      ["name": .string(field.name), "value": .string(field.value)]
    }
    let files = upload.files.map { file -> JSON in
      ["name": .string(file.name), "attachment": JSON(file.attachment)]
    }
    return [
      wire,
      OutboundGolden("\(name).upload.json", ["fields": .array(fields), "files": .array(files)]),
    ]
  }

  /// The bytes to write.
  var bytes: [UInt8] {
    switch content {
    case .json(let json): Array(json.prettyPrinted().utf8)
    case .wire(let bytes): bytes
    }
  }

  /// How the file's bytes differ; `nil` when they say the same.
  func difference(_ known: [UInt8]) -> String? {
    switch content {
    case .json(let actual):
      do throws(JSONError) {
        return JSONDifference.first(expected: try JSON.parse(known), actual: actual)
      } catch {
        return "is not JSON: \(error)"
      }
    case .wire(let actual): return Self.difference(expected: known, actual: actual)
    }
  }

  private static func difference(expected: [UInt8], actual: [UInt8]) -> String? {
    if expected == actual { return nil }
    let place = zip(expected, actual).prefix { $0 == $1 }.count
    func excerpt(_ bytes: [UInt8]) -> String {
      // Enough around the place to find it in the file.
      let text = String(decoding: bytes.dropFirst(max(0, place - 20)).prefix(60), as: UTF8.self)
      return String(decoding: JSON.string(text).serialized(), as: UTF8.self)
    }
    return "differs from byte \(place): \(excerpt(actual)), expected \(excerpt(expected))"
  }
}

extension OutboundFixture {
  /// What every golden file has to say, in the order of sending.
  var goldens: [OutboundGolden] {
    let parts: [MessagePart]
    do throws(Unsendable) { parts = try self.parts() } catch {
      return [
        OutboundGolden(
          "unsendable.json",
          [
            "reason": .string(error.reason.rawValue), "field": .string(error.field),
            "description": .string(error.description),
          ])
      ]
    }
    var goldens: [OutboundGolden] = []
    if parts.count > 1 {
      goldens.append(OutboundGolden("parts.json", .array(parts.map(\.json))))
    }
    for (index, part) in parts.enumerated() {
      let prefix = index == 0 ? "" : "part\(index + 1)."
      switch transport.next(part, of: message, after: []) {
      case .request(let request): goldens += OutboundGolden.request(request, "\(prefix)request")
      case .outcome(let outcome):
        goldens.append(OutboundGolden("\(prefix)outcome.json", outcome.json))
      }
    }
    guard let first = parts.first else { return goldens }
    for recorded in cases {
      let course = course(first, recorded)
      for (index, request) in course.requests.enumerated().dropFirst() {
        goldens += OutboundGolden.request(request, "\(recorded.name).\(index + 1).request")
      }
      if let outcome = course.outcome {
        goldens.append(OutboundGolden("\(recorded.name).outcome.json", outcome.json))
      }
    }
    return goldens
  }

  /// Writes the goldens that say something else than their files; a sentence when that fails.
  func writeGoldens() -> String? {
    for golden in goldens {
      let file = stem + golden.file
      if let known = try? File.read(file), golden.difference(known) == nil { continue }
      do { try File.write(golden.bytes, to: file) } catch { return "\(error)" }
    }
    return nil
  }
}
