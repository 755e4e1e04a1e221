/// The part of a file that a `Range` header asks for, RFC 9110 §14.
package enum ByteRange: Equatable, Sendable {
  /// All of it: nothing was asked for, or nothing that is understood.
  case whole
  /// A stretch; never empty.
  case part(offset: Int64, length: Int64)
  /// A part that the file does not have.
  case unsatisfiable

  /// What `header` asks of a file of `size` bytes. Several ranges at a time get the whole file, as
  /// the RFC allows: nobody plays a film that way.
  package init(_ header: String?, size: Int64) {
    self = Self.read(header, size) ?? .whole
  }

  private static func read(_ header: String?, _ size: Int64) -> ByteRange? {
    guard let text = header?.trimmed, text.lowercased().hasPrefix("bytes=") else { return nil }
    let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    let (start, end) = (ends[0].trimmed, ends[1].trimmed)
    if start.isEmpty {
      guard let count = number(end) else { return nil }
      if count == 0 || size == 0 { return .unsatisfiable }
      let length = min(count, size)
      return .part(offset: size - length, length: length)
    }
    guard let first = number(start) else { return nil }
    if end.isEmpty {
      return first < size ? .part(offset: first, length: size - first) : .unsatisfiable
    }
    guard let last = number(end), last >= first else { return nil }
    return first < size
      ? .part(offset: first, length: min(last, size - 1) - first + 1) : .unsatisfiable
  }

  /// Digits alone; more of them than a number holds are as good as the largest.
  private static func number(_ text: String) -> Int64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int64(text) ?? .max
  }
}
