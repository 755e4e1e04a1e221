/// Finds where two JSON values differ, for a sentence that saves reading both.
enum JSONDifference {
  /// The first difference with its path, `nil` when there is none. Members may be in any order;
  /// texts are compared byte for byte, not by canonical equivalence as Swift does.
  static func first(expected: JSON, actual: JSON, path: String = "") -> String? {
    switch (expected, actual) {
    case (.object(let expected), .object(let actual)):
      for member in expected {
        let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
        guard let value = actual[member.key] else {
          return "\(inner) is missing, expected \(short(member.value))"
        }
        if let found = first(expected: member.value, actual: value, path: inner) { return found }
      }
      for member in actual where expected[member.key] == nil {
        let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
        return "\(inner) is not expected, but is \(short(member.value))"
      }
      return nil
    case (.array(let expected), .array(let actual)):
      for (index, pair) in zip(expected, actual).enumerated() {
        if let found = first(expected: pair.0, actual: pair.1, path: "\(path)[\(index)]") {
          return found
        }
      }
      if expected.count == actual.count { return nil }
      let place = path.isEmpty ? "the list" : path
      return "\(place) has \(actual.count) elements, expected \(expected.count)"
    case (.string(let one), .string(let other)) where one.utf8.elementsEqual(other.utf8):
      return nil
    case (.string, .string):
      return sentence(expected, actual, path)
    default:
      return expected == actual ? nil : sentence(expected, actual, path)
    }
  }

  private static func sentence(_ expected: JSON, _ actual: JSON, _ path: String) -> String {
    "\(path.isEmpty ? "the document" : path) is \(short(actual)), expected \(short(expected))"
  }

  /// Enough of a value to recognise it: a whole message would hide the sentence around it.
  private static func short(_ value: JSON) -> String {
    let text = String(decoding: value.serialized(), as: UTF8.self)
    return text.count <= 80 ? text : text.prefix(80) + "…"
  }
}
