/// What a message says in words, with what its line has no field for written out: links always;
/// places, business cards and buttons where that is asked for.
package struct PlainText {
  /// What can be written out below the text.
  package enum Extra: Sendable {
    case contact
    case location
    case buttons
  }

  /// The text in UTF-16 units, by which spans are counted.
  private var units: [UInt16]
  /// The spans that can be shown, within the text.
  private var spans: [TextEntity]

  /// The words of a message.
  package init(_ content: OutboundContent, writing extras: Set<Extra> = []) {
    let units = Array((content.text ?? "").utf16)
    self.units = units
    spans = content.entities.filter { span in
      span.offset >= 0 && span.length > 0 && span.offset < units.count
        && span.length <= units.count - span.offset
    }
    writeLinks()
    if extras.contains(.contact), let contact = content.contact {
      append(Self.lines(of: contact))
    }
    if extras.contains(.location), let location = content.location {
      append(Self.lines(of: location))
    }
    if extras.contains(.buttons) { append(content.pressable) }
  }

  /// Writes buttons below the text: links with their address, replies with a number, so that the
  /// reader can answer with it.
  package mutating func append(_ buttons: [[Button]]) {
    if !buttons.isEmpty { append(Self.lines(of: buttons)) }
  }

  /// The text in pieces of at most `max` units; `marks` adds WhatsApp's marks to the spans.
  package func pieces(max: Int, marks: Bool) -> [String] {
    if marks && !spans.isEmpty { return marked(0..<units.count, max: max, aim: max) }
    return pieces(max: max, in: .units)
  }

  /// The plain text in pieces of at most `max`, counted in `measure`.
  package func pieces(max: Int, in measure: TextSplitter.Measure) -> [String] {
    TextSplitter.pieces(String(decoding: units, as: UTF16.self), max: max, in: measure)
      .map(String.init)
  }

  /// Marks make a piece longer, so one that is then too long is cut again with less to aim for.
  private func marked(_ range: Range<Int>, max: Int, aim: Int) -> [String] {
    let text = String(decoding: units[range], as: UTF16.self)
    var pieces: [String] = []
    for piece in TextSplitter.pieces(text, max: aim) {
      let start = range.lowerBound + piece.startIndex.utf16Offset(in: text)
      let part = start..<start + piece.utf16.count
      let shown = WhatsAppMarks(units, part, spans).text
      let excess = shown.utf16.count - max
      if excess <= 0 {
        pieces.append(shown)
      } else if aim <= max / 2 {
        // More marks than words: better plain than in crumbs.
        pieces.append(String(piece))
      } else {
        pieces += marked(part, max: max, aim: min(aim, part.count) - excess)
      }
    }
    return pieces
  }

  /// Writes the address behind each text that links to it, the last first so that places stay.
  private mutating func writeLinks() {
    let links = spans.filter { $0.style == .link }
    for link in links.sorted(by: { $0.offset + $0.length > $1.offset + $1.length }) {
      let end = link.offset + link.length
      guard let url = link.url, end == units.count || !UTF16.isTrailSurrogate(units[end]) else {
        continue
      }
      let shown = String(decoding: units[link.offset..<end], as: UTF16.self).trimmed
      // "example.org" that links to https://example.org/ says it all.
      if url.contains(shown), shown.contains(".") { continue }
      let addition = Array(" (\(url))".utf16)
      units.insert(contentsOf: addition, at: end)
      for index in spans.indices {
        if spans[index].offset >= end {
          spans[index].offset += addition.count
        } else if spans[index].offset + spans[index].length > end {
          spans[index].length += addition.count
        }
      }
    }
  }

  /// Adds a paragraph.
  private mutating func append(_ paragraph: String) {
    if !units.isEmpty { units += Array("\n\n".utf16) }
    units += Array(paragraph.utf16)
  }

  private static func lines(of contact: ContactCard) -> String {
    let name = [contact.firstName, contact.lastName].compactMap(\.self).joined(separator: " ")
    return "\(name)\n\(contact.phone)"
  }

  private static func lines(of location: Location) -> String {
    // The one form of a place that every telephone opens.
    let link = "https://maps.google.com/?q=\(coordinates(of: location))"
    return [location.name, location.address, link].compactMap(\.self).joined(separator: "\n")
  }

  private static func lines(of buttons: [[Button]]) -> String {
    var number = 0
    return buttons.joined().map { button in
      switch button.action {
      case .open(let url): return "\(button.text): \(url)"
      case .reply:
        number += 1
        return "\(number). \(button.text)"
      }
    }.joined(separator: "\n")
  }

  /// `59.329300,18.068600`: six digits are a tenth of a metre. Never with an exponent.
  package static func coordinates(of location: Location) -> String {
    [location.latitude, location.longitude].map { value in
      let millionths = Int64((value.magnitude * 1_000_000).rounded())
      let fraction = String(millionths % 1_000_000)
      let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
      let sign = value < 0 && millionths > 0 ? "-" : ""
      return "\(sign)\(millionths / 1_000_000).\(zeros)\(fraction)"
    }.joined(separator: ",")
  }
}
