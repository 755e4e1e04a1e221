/// A recorded exchange with a provider: one `….http` file, byte for byte as on the wire.
package struct Fixture: Sendable, CustomStringConvertible {
  /// What the provider folder's subfolders mean.
  package enum Kind: String, CaseIterable, Sendable {
    /// Genuine, and tells of messages and the like.
    case inbound
    /// Genuine, and tells what became of messages we sent.
    case status
    /// Not genuine.
    case rejected

    /// Whether a golden file stands beside the request.
    package var hasGolden: Bool { self != .rejected }
  }

  /// The channel the request was posted to.
  package let channel: FixtureChannel
  /// Genuine or not.
  package let kind: Kind
  /// Where the file is, below the root: `twilio/inbound/sms.http`.
  package let path: String
  /// What was posted.
  package let request: HTTPRequest
  /// The file with what we make of it: `….events.json`.
  package let goldenFile: String

  /// The path: the name a person knows the fixture by.
  package var description: String { path }
}

/// The channel of a fixtures folder, from its `channel.json`.
///
/// Members: `provider` (the folder's name if absent), `public_url`, `now`, `settings`, and
/// `other_settings` for providers whose secrets cannot be varied letter by letter.
package struct FixtureChannel: Sendable {
  /// The provider with the folder's settings.
  package let provider: any Provider
  /// The same provider with every secret another; `nil` when no such value could be made.
  package let impostor: (any Provider)?
  /// The provider with ``elsewhereURL`` as address of its API; `nil` when it sends nothing, or does
  /// not take the address.
  let elsewhere: (any Transport)?
  /// Where the provider's API is, where the folder says it.
  let apiBaseURL: String?
  /// The base of the address the provider knew.
  package let publicURL: String
  /// The time to read the fixtures at.
  package let now: Instant
  /// The values of all secret settings of at least ``secretLengthMin`` characters.
  package let secrets: [String]

  /// An address no provider has by itself.
  static let elsewhereURL = "https://elsewhere.example:8443"
  /// Shorter values occur by chance in any text, so they cannot be looked for.
  package static let secretLengthMin = 8

  /// Reads `channel.json` of a folder named `folderName`.
  ///
  /// - Throws: ``Unusable`` with a sentence for the person who writes the folder.
  init(
    _ bytes: [UInt8], folderName: String, providers: [any Provider.Type]
  ) throws(Unusable) {
    let document: JSON
    do { document = try JSON.parse(bytes, comments: true) } catch {
      throw Unusable("is not JSON: \(error)")
    }
    let name = document["provider"]?.string ?? folderName
    guard let type = providers.first(where: { $0.name == name }) else {
      throw Unusable(
        "no provider is named \"\(name)\"; known are \(providers.map { $0.name }.sorted())")
    }
    guard let publicURL = document["public_url"]?.string else {
      throw Unusable("needs \"public_url\", the base of the address the provider knew")
    }
    guard let now = document["now"]?.string.flatMap({ Instant(iso8601: $0) }) else {
      throw Unusable("needs \"now\", an ISO 8601 time to read the fixtures at")
    }
    let settings = document["settings"]?.object ?? [:]
    do { provider = try Self.make(type, settings) } catch { throw Unusable("\(error)") }
    impostor =
      if let others = document["other_settings"]?.object {
        try? Self.make(type, settings.merging(others))
      } else {
        Self.impostor(type, settings)
      }
    var moved = settings
    moved[SettingKey.apiBaseURL.name] = .string(Self.elsewhereURL)
    elsewhere = (try? Self.make(type, moved)) as? any Transport
    apiBaseURL = settings[SettingKey.apiBaseURL.name]?.string
    self.publicURL = publicURL
    self.now = now
    secrets = type.settings.filter(\.isSecret).flatMap { Self.values(settings[$0.name]) }
      .filter { $0.utf8.count >= Self.secretLengthMin }
  }

  /// Why a `channel.json` cannot be used.
  struct Unusable: Error, CustomStringConvertible {
    /// The sentence, to stand behind the file's name.
    let description: String

    /// A reason.
    init(_ description: String) { self.description = description }
  }

  private static func make(
    _ type: any Provider.Type, _ settings: JSONObject
  ) throws(SettingsError) -> any Provider {
    try type.init(settings: ChannelSettings(settings, declared: type.settings))
  }

  /// Varies every secret. A provider may check its syntax, so the ways to vary are tried in turn.
  private static func impostor(
    _ type: any Provider.Type, _ settings: JSONObject
  ) -> (any Provider)? {
    let secrets = type.settings.filter { $0.isSecret && settings[$0.name] != nil }
    guard !secrets.isEmpty else { return nil }
    for variation in SecretVariation.allCases {
      var varied = settings
      for key in secrets { varied[key.name] = settings[key.name].map(variation.apply) }
      if let provider = try? make(type, varied) { return provider }
    }
    return nil
  }

  private static func values(_ setting: JSON?) -> [String] {
    setting?.string.map { [$0] } ?? setting?.array?.compactMap(\.string) ?? []
  }
}

/// How to make another secret that looks like the first.
private enum SecretVariation: CaseIterable {
  /// Every letter and digit of the middle third moves on by one: prefixes and paddings stay.
  case middle
  /// Every letter and digit moves on by one.
  case all
  /// The characters in reverse.
  case reversed

  func apply(_ setting: JSON) -> JSON {
    switch setting {
    case .string(let text): .string(apply(text))
    case .array(let values): .array(values.map(apply))
    default: setting
    }
  }

  private func apply(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let varied: [UInt8] =
      switch self {
      case .middle:
        bytes.enumerated().map { index, byte in
          (bytes.count / 3...bytes.count * 2 / 3).contains(index) ? Self.moved(byte) : byte
        }
      case .all: bytes.map(Self.moved)
      case .reversed: bytes.reversed()
      }
    return String(decoding: varied, as: UTF8.self)
  }

  /// The next of its kind; hexadecimal letters stay hexadecimal.
  private static func moved(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "9"): UInt8(ascii: "0")
    case UInt8(ascii: "f"): UInt8(ascii: "a")
    case UInt8(ascii: "F"): UInt8(ascii: "A")
    case UInt8(ascii: "z"): UInt8(ascii: "g")
    case UInt8(ascii: "Z"): UInt8(ascii: "G")
    case 48...57, 65...90, 97...122: byte + 1
    default: byte
    }
  }
}

extension JSONObject {
  fileprivate func merging(_ others: JSONObject) -> JSONObject {
    var merged = self
    for member in others { merged[member.key] = member.value }
    return merged
  }
}
