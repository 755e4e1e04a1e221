/// Writes what was said to a provider and what it answered, for people to read later: capped, and
/// without the channel's secrets.
struct ExchangeRecord {
  /// The most of a body that is kept, in bytes: answers of every provider fit, and a million
  /// attempts stay small.
  static let bodyBytesMax = 4096
  /// The most of a header that is kept, in bytes: a date or a number.
  private static let headerBytesMax = 64

  /// What hides the secrets.
  let mask: SecretMask
  private var writer = JSONWriter(capacity: 1024)
  private var count = 0

  /// A record that hides these texts wherever they stand.
  init(secrets: [String]) {
    mask = SecretMask(secrets: secrets)
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
    writer.string(mask.hide(request.target))
    writer.raw(",\"request\":")
    write(request.body)
    switch exchange.result {
    case .success(let response):
      writer.raw(",\"status\":")
      writer.integer(response.status)
      if let after = response.headers["retry-after"] {
        writer.raw(",\"retry_after\":")
        writer.string(mask.hide(after, limit: Self.headerBytesMax))
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
    let kept = mask.hide(body, limit: Self.bodyBytesMax)
    let text = String(decoding: kept, as: UTF8.self)
    writer.string(body.count > Self.bodyBytesMax ? text + "… (\(body.count) bytes)" : text)
  }
}
