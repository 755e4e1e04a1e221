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
    guard !body.isEmpty else { return writer.raw("null") }
    // Hidden before it is cut: half a secret at the end is not known as one.
    let seen = body.prefix(Self.bodyBytesMax + (secrets.map(\.count).max() ?? 0))
    var kept = hide(Array(seen))
    let isCut = body.count > Self.bodyBytesMax
    if isCut { kept = Array(kept.prefix(Self.bodyBytesMax)) }
    let text = String(decoding: kept, as: UTF8.self)
    writer.string(isCut ? text + "… (\(body.count) bytes)" : text)
  }

  private func hidden(_ bytes: [UInt8]) -> String {
    String(decoding: hide(bytes), as: UTF8.self)
  }

  private static let mark = Array("(hidden)".utf8)

  private func hide(_ bytes: [UInt8]) -> [UInt8] {
    secrets.reduce(bytes) { bytes, secret in Self.hide(secret, in: bytes) }
  }

  /// Goes on behind each place: a secret may well occur in the mark that stands for it.
  private static func hide(_ secret: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    guard var place = find(secret, in: bytes, from: 0) else { return bytes }
    var shown: [UInt8] = []
    var start = 0
    while true {
      shown += bytes[start..<place] + mark
      start = place + secret.count
      guard let next = find(secret, in: bytes, from: start) else { break }
      place = next
    }
    return shown + bytes[start...]
  }

  private static func find(_ needle: [UInt8], in bytes: [UInt8], from first: Int) -> Int? {
    guard let head = needle.first else { return nil }
    return bytes.withUnsafeBytes { bytes in
      needle.withUnsafeBytes { needle in
        guard let start = bytes.baseAddress, let wanted = needle.baseAddress else { return nil }
        var place = first
        while place + needle.count <= bytes.count {
          let rest = bytes.count - needle.count + 1 - place
          guard let found = memchr(start + place, Int32(head), rest) else { return nil }
          place = UnsafeRawPointer(found) - start
          if memcmp(found, wanted, needle.count) == 0 { return place }
          place += 1
        }
        return nil
      }
    }
  }
}
