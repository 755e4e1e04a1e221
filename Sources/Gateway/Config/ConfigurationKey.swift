/// One key a person can set: its name, what it takes and where its value goes.
package struct ConfigurationKey: Sendable {
  /// The two ways of reading a value.
  enum Shape: Sendable {
    /// Puts the value in its place and says whether it could.
    case value(@Sendable (JSON, inout Configuration) -> Bool)
    /// The list of channels, which has rules of its own: ``ChannelReader``.
    case channels
  }

  /// The way to it in the file, such as `limits.body_bytes`.
  package let path: String
  /// What it takes, to stand behind "expected".
  package let expectation: String
  /// What it is for: sentences, the unit included.
  package let meaning: String
  /// Never shown.
  package let isSecret: Bool
  /// Takes a whole number, which the environment can only give as text.
  let isNumber: Bool
  /// How a value reaches the ``Configuration``.
  let shape: Shape
  private let current: @Sendable (Configuration) -> JSON

  /// The environment variable that overrides it, such as `TRUNKLINE_LIMITS_BODY_BYTES`.
  package var environmentName: String {
    Self.environmentPrefix + path.uppercased().map { $0 == "." ? "_" : $0 }
  }

  /// What the variables of all keys begin with.
  package static let environmentPrefix = "TRUNKLINE_"

  /// The value without configuration; `null` for none.
  package var fallback: JSON { current(Configuration()) }

  /// The parts of ``path``.
  var components: [Substring] { path.split(separator: ".") }
}

extension ConfigurationKey {
  /// Where in the ``Configuration`` a value goes.
  typealias Place<Value> = any WritableKeyPath<Configuration, Value> & Sendable

  /// A whole number within a range.
  static func count(
    _ path: String, _ place: Place<Int>, _ range: ClosedRange<Int>, _ meaning: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)",
      meaning: meaning, isSecret: false, isNumber: true,
      shape: .value { json, configuration in
        guard let number = json.integer.flatMap(Int.init(exactly:)), range.contains(number) else {
          return false
        }
        configuration[keyPath: place] = number
        return true
      },
      current: { JSON($0[keyPath: place]) })
  }

  /// A string that stands for a value.
  static func parsed<Value>(
    _ path: String, _ place: Place<Value>, _ expectation: String, secret: Bool = false,
    parse: @escaping @Sendable (String) -> Value?, show: @escaping @Sendable (Value) -> String?,
    _ meaning: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, expectation: expectation, meaning: meaning, isSecret: secret, isNumber: false,
      shape: .value { json, configuration in
        guard let value = json.string.flatMap(parse) else { return false }
        configuration[keyPath: place] = value
        return true
      },
      current: { JSON(show($0[keyPath: place])) })
  }

  /// The expectation of a string of which only the empty one is wrong.
  static let anyText = "a string that is not empty"

  /// A string of which only the empty one is wrong.
  static func text(_ path: String, _ place: Place<String>, _ meaning: String) -> ConfigurationKey {
    parsed(path, place, anyText, parse: nonEmpty, show: { $0 }, meaning)
  }

  /// The text unless it is empty.
  @Sendable static func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }

  /// A string that stands for a value, or may be absent. Its own function, because a `nil` of
  /// `parse` must not be taken for the value "absent".
  static func optional<Value>(
    _ path: String, _ place: Place<Value?>, _ expectation: String, secret: Bool = false,
    parse: @escaping @Sendable (String) -> Value?, show: @escaping @Sendable (Value) -> String?,
    _ meaning: String
  ) -> ConfigurationKey {
    parsed(
      path, place, expectation, secret: secret, parse: { text in parse(text).map(Optional.some) },
      show: { value in value.flatMap(show) }, meaning)
  }

  /// One word of a closed list.
  static func choice<Value: Equatable & Sendable>(
    _ path: String, _ place: Place<Value>, _ words: [(word: String, value: Value)],
    _ meaning: String
  ) -> ConfigurationKey {
    let list = words.map { "\"\($0.word)\"" }
    return parsed(
      path, place, list.dropLast().joined(separator: ", ") + " or " + (list.last ?? ""),
      parse: { text in words.first { $0.word == text }?.value },
      show: { value in words.first { $0.value == value }?.word }, meaning)
  }

  /// The list of channels.
  static func channels(_ meaning: String) -> ConfigurationKey {
    ConfigurationKey(
      path: "channels", expectation: ChannelReader.expectation, meaning: meaning, isSecret: false,
      isNumber: false, shape: .channels, current: { _ in [] })
  }
}
