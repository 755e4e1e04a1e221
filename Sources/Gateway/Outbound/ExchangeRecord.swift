import Glibc

/// Writes what was said to a provider and what it answered, for people to read later: capped, and
/// without the channel's secrets.
struct ExchangeRecord {
  /// The most of a body that is kept, in bytes: answers of every provider fit, and a million
  /// attempts stay small.
  static let bodyBytesMax = 4096
  /// Shorter settings occur in any text by chance; hiding them would hide the text.
  private static let secretBytesMin = 6

  private let secrets: [[UInt8]]
  private var writer = JSONWriter(capacity: 1024)
  private var count = 0

  /// A record that hides these texts wherever they stand.
  init(secrets: [String]) {
    self.secrets = secrets.map { Array($0.utf8) }.filter { $0.count >= Self.secretBytesMin }
    writer.raw("[")
  }

  /// The values of a channel's secret settings.
  static func secrets(of live: LiveChannel) -> [String] {
    type(of: live.provider).settings.filter(\.isSecret).flatMap { key -> [String] in
      switch live.channel.settings[key.name] {
      case .string(let text)?: [text]
      case .array(let list)?: list.compactMap(\.string)
      default: []
      }
    }
  }

  /// Adds an exchange.
  mutating func add(_ step: String, _ request: HTTPRequest, _ exchange: HTTPExchange) {
    if count > 0 { writer.raw(",") }
    count += 1
    writer.raw("{\"step\":")
    writer.string(step)
    writer.raw(",\"method\":")
    writer.string(request.method)
    writer.raw(",\"url\":")
    writer.string(hidden(Array(request.target.utf8)))
    writer.raw(",\"request\":")
    write(request.body)
    switch exchange.result {
    case .success(let response):
      writer.raw(",\"status\":")
      writer.integer(response.status)
      if let after = response.headers["retry-after"] {
        writer.raw(",\"retry_after\":")
        writer.string(after)
      }
      writer.raw(",\"response\":")
      write(response.body)
    case .failure(let failure):
      writer.raw(",\"failure\":")
      writer.string(failure.description)
    }
    writer.raw(",\"timing\":")
    writer.value(exchange.timing.json)
    writer.raw("}")
  }

  /// Adds a step that failed before anything was said.
  mutating func add(_ step: String, failure: String) {
    if count > 0 { writer.raw(",") }
    count += 1
    writer.raw("{\"step\":")
    writer.string(step)
    writer.raw(",\"failure\":")
    writer.string(failure)
    writer.raw("}")
  }

  /// The record as JSON.
  var rendered: [UInt8] {
    var writer = writer
    writer.raw("]")
    return writer.bytes
  }

  private mutating func write(_ body: [UInt8]) {
    let kept = body.count > Self.bodyBytesMax ? capped(body) : body
    guard !kept.isEmpty else { return writer.raw("null") }
    var text = hidden(kept)
    if body.count > Self.bodyBytesMax { text += "… (\(body.count) bytes)" }
    writer.string(text)
  }

  /// The beginning of a long body. A secret that stands across the border would lose its end and
  /// could not be told from other text: it goes as a whole.
  private func capped(_ body: [UInt8]) -> [UInt8] {
    var end = Self.bodyBytesMax
    for secret in secrets {
      for start in max(0, Self.bodyBytesMax - secret.count + 1)..<Self.bodyBytesMax
      where body[start...].starts(with: secret) { end = min(end, start) }
    }
    return body.prefix(end) + (end < Self.bodyBytesMax ? Self.mark : [])
  }

  private func hidden(_ bytes: [UInt8]) -> String {
    var bytes = bytes
    for secret in secrets { Self.hide(secret, in: &bytes) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let mark = Array("(hidden)".utf8)

  private static func hide(_ secret: [UInt8], in bytes: inout [UInt8]) {
    while let place = find(secret, in: bytes) {
      bytes.replaceSubrange(place..<(place + secret.count), with: mark)
    }
  }

  private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
    guard let first = needle.first else { return nil }
    return bytes.withUnsafeBytes { bytes in
      needle.withUnsafeBytes { needle in
        guard let start = bytes.baseAddress, let wanted = needle.baseAddress else { return nil }
        var place = 0
        while place + needle.count <= bytes.count {
          let rest = bytes.count - needle.count + 1 - place
          guard let found = memchr(start + place, Int32(first), rest) else { return nil }
          place = UnsafeRawPointer(found) - start
          if memcmp(found, wanted, needle.count) == 0 { return place }
          place += 1
        }
        return nil
      }
    }
  }
}
