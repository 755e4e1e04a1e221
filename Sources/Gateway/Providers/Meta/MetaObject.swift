/// What a post is about: the member `object` of its outermost object.
///
/// Meta writes it first, before up to 3 MB of what happened. So the beginning is looked at, and
/// what stands before it, if anything, is only stepped over: reading the whole is left to whom the
/// post is for.
struct MetaObject {
  private let bytes: [UInt8]
  private var position = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The word that a body gives; `nil` where it gives none, or is no object of JSON as far as it
  /// was looked at. The same name deeper inside, or in a text, is not it.
  static func name(in body: [UInt8]) -> String? {
    var object = MetaObject(body)
    switch object.search() {
    case .found(let word): return word
    case .absent: return nil
    // Whoever writes plain letters as escapes is rare enough to be read whole.
    case .escaped: return (try? JSON.parse(body))?[member]?.string
    }
  }

  private enum Finding {
    case found(String)
    case absent
    case escaped
  }

  private static let member = "object"

  private mutating func search() -> Finding {
    guard take(UInt8(ascii: "{")) else { return .absent }
    while let name = string() {
      guard take(UInt8(ascii: ":")) else { return .absent }
      if name.contains(UInt8(ascii: "\\")) { return .escaped }
      guard name.elementsEqual(Self.member.utf8) else {
        stepOver()
        guard take(UInt8(ascii: ",")) else { return .absent }
        continue
      }
      guard let word = string() else { return .absent }
      if word.contains(UInt8(ascii: "\\")) { return .escaped }
      return String(validating: word, as: UTF8.self).map(Finding.found) ?? .absent
    }
    return .absent
  }

  /// The next byte, if it is this one; spaces before it do not count.
  private mutating func take(_ byte: UInt8) -> Bool {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// What stands between quotes, as it is written; `nil` where no string begins or it does not end.
  private mutating func string() -> ArraySlice<UInt8>? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return bytes[start..<position - 1]
      case UInt8(ascii: "\\"): position += 2
      default: position += 1
      }
    }
    return nil
  }

  /// Goes to what follows a value: a comma, a closing brace, or the end.
  private mutating func stepOver() {
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        if string() == nil { return }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
      case UInt8(ascii: ",") where depth == 0: return
      default: break
      }
      position += 1
    }
  }
}
