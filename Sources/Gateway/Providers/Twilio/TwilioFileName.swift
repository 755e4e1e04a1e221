/// The file name of a `Content-Disposition`, RFC 6266: `filename*` in UTF-8 before `filename`.
struct TwilioFileName: Equatable {
  /// The name, without a path and without control characters.
  let text: String

  /// The longest name that is kept, as file systems have it.
  static let charactersMax = 200

  /// `nil` for a header without a usable name.
  init?(_ header: String) {
    let parameters = Self.parameters(header)
    let extended = parameters.first { $0.name == "filename*" }.flatMap { Self.decoded($0.value) }
    let plain = parameters.first { $0.name == "filename" }?.value
    guard let name = (extended ?? plain).flatMap(Self.safe) else { return nil }
    text = name
  }

  /// The parameters behind the first semicolon, the quotation marks taken off.
  private static func parameters(_ header: String) -> [(name: String, value: String)] {
    var parameters: [(name: String, value: String)] = []
    var rest = Substring(header).utf8.drop { $0 != UInt8(ascii: ";") }
    while rest.popFirst() != nil {
      let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
      rest = rest.dropFirst(name.count)
      guard rest.first == UInt8(ascii: "=") else { continue }
      rest = rest.dropFirst().drop { $0 == 0x20 || $0 == 0x09 }
      var value: [UInt8] = []
      if rest.first == UInt8(ascii: "\"") {
        rest.removeFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
          // A backslash stands before what would end the text.
          value.append(byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte)
        }
        rest = rest.drop { $0 != UInt8(ascii: ";") }
      } else {
        value = Array(rest.prefix { $0 != UInt8(ascii: ";") })
        rest = rest.dropFirst(value.count)
      }
      parameters.append(
        (Substring(name).trimmed.lowercased(), String(decoding: value, as: UTF8.self).trimmed))
    }
    return parameters
  }

  /// `UTF-8''na%C3%AFve.pdf`, RFC 8187; `nil` for another character set.
  private static func decoded(_ value: String) -> String? {
    let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
    var bytes: [UInt8] = []
    var rest = Array(parts[2].utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(Hex.value),
        let low = rest.popFirst().flatMap(Hex.value)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// What is behind the last slash; `nil` when nothing is left.
  private static func safe(_ name: String) -> String? {
    let last = name.split { $0 == "/" || $0 == "\\" }.last ?? ""
    let shown = String(last.unicodeScalars.filter { $0.properties.generalCategory != .control })
    let trimmed = String(shown.trimmed.prefix(charactersMax))
    return trimmed.isEmpty || trimmed == "." || trimmed == ".." ? nil : trimmed
  }
}
