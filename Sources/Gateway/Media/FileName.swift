/// Names of files, which strangers give.
package enum FileName {
  /// What every file system and header bears.
  package static let bytesMax = 200

  /// A name fit to show and to save under: no folders, nothing that is not seen or turns the
  /// reading direction; `nil` when nothing is left.
  package static func safe(_ text: String?) -> String? {
    guard let text else { return nil }
    let last = text.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last ?? []
    // At once, not one by one: a stranger's header may be a quarter of a megabyte of dots.
    let name = String(
      String(String.UnicodeScalarView(last.filter(isSeen))).trimmed.drop { $0 == "." })
    guard !name.isEmpty else { return nil }
    return shortened(name)
  }

  /// Cuts in the middle: the ending says which program opens it.
  private static func shortened(_ name: String) -> String {
    guard name.utf8.count > bytesMax else { return name }
    let ending = name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
    let kept = ending.utf8.count <= 16 ? ending : ""
    var stem = ""
    var room = bytesMax - kept.utf8.count
    for scalar in name.dropLast(kept.count).unicodeScalars {
      room -= String(scalar).utf8.count
      if room < 0 { break }
      stem.unicodeScalars.append(scalar)
    }
    return stem + kept
  }

  private static func isSeen(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      false
    default: true
    }
  }

  /// A `Content-Disposition` (RFC 6266): the name in ASCII for old readers, and whole.
  package static func disposition(_ name: String?, attachment: Bool) -> String {
    let word = attachment ? "attachment" : "inline"
    guard let name = safe(name) else { return word }
    let plain = name.unicodeScalars.map { scalar -> Character in
      let isPlain =
        scalar.isASCII && scalar.value >= 0x20 && scalar != "\"" && scalar != "%" && scalar != ";"
      return isPlain ? Character(scalar) : "_"
    }
    var coded = ""
    for byte in name.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        coded.unicodeScalars.append(Unicode.Scalar(byte))
      default: coded += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return "\(word); filename=\"\(String(plain))\"; filename*=UTF-8''\(coded)"
  }

  /// The name in a `Content-Disposition`; `nil` when there is none.
  package static func inDisposition(_ text: String?) -> String? {
    guard let text else { return nil }
    var plain: String?
    for part in text.split(separator: ";").dropFirst() {
      let halves = part.split(separator: "=", maxSplits: 1).map(\.trimmed)
      guard halves.count == 2 else { continue }
      let name = halves[0].lowercased()
      // The whole name counts more than the one for old readers, wherever it stands.
      if name == "filename*", halves[1].lowercased().hasPrefix("utf-8''"),
        let decoded = decode(halves[1].dropFirst(7))
      {
        return safe(decoded)
      }
      if name == "filename" { plain = halves[1].filter { $0 != "\"" } }
    }
    return safe(plain)
  }

  /// The last part of an address's path; `nil` when it has none with an ending.
  package static func inAddress(_ address: String) -> String? {
    let path = address.prefix { $0 != "?" && $0 != "#" }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 3, let last = parts.last, last.contains("."), let name = decode(last) else {
      return nil
    }
    return safe(name)
  }

  private static func decode(_ text: Substring) -> String? {
    // In a form a plus is a space; in a path it is a plus.
    let form = try? Form(Array("x=\(text.replacing("+", with: "%2B"))".utf8))
    return form?["x"]
  }
}
