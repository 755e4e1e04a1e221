/// Reads the fields of requests, with findings a person can act on.
enum RequestFields {
  /// Refuses members that are not known, naming the nearest that is.
  static func check(
    _ object: JSONObject, _ known: [String], in path: String = ""
  ) throws(ContentError) {
    for member in object where !known.contains(member.key) {
      throw ContentError(
        join(path, member.key), Spelling.unknown("member", member.key, among: known))
    }
  }

  /// The members of what content is made of. A provider's template is in its own words.
  private static let nested: [(name: String, members: [String])] = [
    ("entities", ["style", "offset", "length", "url"]),
    ("location", ["latitude", "longitude", "name", "address"]),
    ("contact", ["first_name", "last_name", "phone"]),
    ("buttons", ["text", "payload", "url"]),
    ("list", ["button", "sections"]),
  ]
  /// The members inside a list to choose from, which has two more levels.
  private static let sectionMembers = ["title", "rows"]
  private static let rowMembers = ["text", "payload", "description"]

  /// Refuses unknown members inside content, in lists and in lists of lists too.
  static func checkNested(_ object: JSONObject) throws(ContentError) {
    for (name, members) in nested {
      guard let value = object[name] else { continue }
      try checkAll(value, members, in: name)
    }
    for (index, section) in (object["list"]?["sections"]?.array ?? []).enumerated() {
      let path = "list.sections[\(index)]"
      try checkAll(section, sectionMembers, in: path)
      if let rows = section["rows"] { try checkAll(rows, rowMembers, in: "\(path).rows") }
    }
  }

  private static func checkAll(
    _ json: JSON, _ known: [String], in path: String
  ) throws(ContentError) {
    if let object = json.object { return try check(object, known, in: path) }
    for (index, value) in (json.array ?? []).enumerated() {
      try checkAll(value, known, in: "\(path)[\(index)]")
    }
  }

  /// The identifier in a field; `nil` when absent.
  static func id<Noun>(
    _ object: JSONObject, _ name: String, in path: String = ""
  ) throws(ContentError) -> ID<Noun>? {
    guard let value = object[name], !value.isNull else { return nil }
    if let text = value.string, let id = ID<Noun>(text) { return id }
    throw ContentError(join(path, name), "must be an identifier, \(Noun.idPrefix)…")
  }

  /// The time in a field; `nil` when absent.
  static func instant(_ object: JSONObject, _ name: String) throws(ContentError) -> Instant? {
    guard let value = object[name], !value.isNull else { return nil }
    if let instant = value.string.flatMap({ Instant(iso8601: $0) }) { return instant }
    throw ContentError(name, "must be a time such as \"2026-11-21T07:30:00Z\"")
  }

  /// The finding for a word that is none of those known.
  static func unknownWord(
    _ field: String, _ value: JSON, _ known: [String], or more: String? = nil
  ) -> ContentError {
    let nearest = value.string.flatMap { Spelling.nearest(to: $0, among: known) }
    let others = more.map { ", or \($0)" } ?? ""
    return ContentError(
      field,
      nearest.map { "did you mean \"\($0)\"?" }
        ?? "must be one of \(known.joined(separator: " "))\(others)")
  }

  private static func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }
}
