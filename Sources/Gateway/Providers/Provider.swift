/// The contract of a messaging provider: bytes in, values out.
///
/// A provider does no I/O, keeps no state and reads no clock, so its tests are files in and files
/// out. It may not name another provider. What the daemon does with the values is Ingest's and the
/// dispatcher's business. Adding one: `Gateway.docc/AddingAProvider.md`.
package protocol Provider: Sendable {
  /// The word in URLs, fixtures, configuration and the database. Never change one.
  static var name: String { get }
  /// The name a person knows it by.
  static var title: String { get }
  /// The settings a channel of this provider takes, in the order to document them.
  static var settings: [SettingKey] { get }
  /// The largest webhook body this provider ever sends, with room; larger ones get 413.
  static var bodyBytesMax: Int { get }
  /// Whether what ``verify(_:publicURL:now:)`` checks covers the body, as a signature does. False
  /// for a mere shared secret: then the contract suite cannot ask that a changed body is refused.
  static var authenticatesBody: Bool { get }

  /// A provider with a channel's settings, already checked against ``settings``.
  ///
  /// - Throws: ``SettingsError`` for what only this provider can know, such as two settings that
  ///   belong together; the caller shows it to the person who configures.
  init(settings: ChannelSettings) throws(SettingsError)

  /// The lines a channel with this address speaks on.
  func transports(address: String?) -> [TransportKind]
  /// The accounts that items of this channel may name in ``Item/account``. Empty: none is named.
  var accounts: [String] { get }

  /// Whether `request` really comes from the provider. Works on the raw bytes, before any parsing;
  /// tries every live secret and every way the provider may have written the channel's address.
  ///
  /// `publicURL` is the base the provider knows us by, `scheme://host[:port][/prefix]`, from our
  /// configuration and never from the request.
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification

  /// Everything `request` tells us, oldest first; unknown kinds as ``Fact/unrecognised(kind:)``.
  ///
  /// - Throws: ``Unreadable`` when the bytes are no request of this provider at all. The receipt is
  ///   kept and can be reprocessed.
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item]

  /// The exact response this provider wants: a wrong one loses messages or sends them again.
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse

  /// What a person still has to do at the provider so that webhooks arrive, one sentence each.
  func remainingSteps(webhookURL: String) -> [String]
}

extension Provider {
  /// True: a provider that does not sign its body has to say so.
  package static var authenticatesBody: Bool { true }
}

/// Providers whose webhook can be set and looked at by request. `trunkline channels check` uses it.
package protocol WebhookRegistering: Provider {
  /// The request that tells the provider our address.
  func registration(webhookURL: String) -> HTTPRequest
  /// What came of it: `nil` when done, otherwise a sentence a person can act on.
  func registrationProblem(_ response: HTTPResponse) -> String?
  /// The request that asks the provider what address it has.
  func inspection() -> HTTPRequest
  /// What is wrong with what the provider has, one sentence each; empty when all is well.
  func inspectionFindings(_ response: HTTPResponse, webhookURL: String, now: Instant) -> [String]
}

/// Providers whose post may be for another provider of the same vendor: one application has one
/// address for all of them.
package protocol SharedWebhook: Provider {
  /// The name of the provider whose requests look like this one, also its own; `nil` for none.
  func reader(of request: HTTPRequest) -> String?
}

/// Providers that keep templates for us.
package protocol TemplateKeeping: Provider {
  /// The account that the templates belong to; `nil` when the channel's settings do not say.
  var templateAccount: String? { get }
  /// The name and language that a message's `provider_template` asks for; `nil` when it names none.
  func templateName(in template: JSONObject) -> (name: String, language: String)?
  /// The next request for the list of all templates, or the list, after the steps made so far.
  func nextTemplates(after steps: [CompletedStep]) -> TemplateStep
}

/// What has to be done next to have all templates of an account.
package enum TemplateStep: Equatable, Sendable {
  /// Make this request and ask again.
  case request(HTTPRequest)
  /// That is all of them.
  case done([ProviderTemplate])
  /// They cannot be had: never, or not now.
  case failed(reason: String, isFinal: Bool)
}

/// Whether a request is genuine.
package enum Verification: Equatable, Sendable {
  /// Genuine; `by` names the setting and the form of the address that matched, never the secret.
  case verified(by: String)
  /// Not genuine; `reason` is for the log and the receipt, and holds no secret.
  case refused(reason: String)
}

/// The bytes are no request of this provider.
package struct Unreadable: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong, without quoting the body.
  package let description: String

  /// A reason.
  package init(_ description: String) { self.description = description }
}

/// What became of a webhook, for the provider's answer.
package enum WebhookOutcome: Equatable, Sendable {
  /// The receipt is committed, in this state.
  case stored(ReceiptState)
  /// Nothing could be stored: come again.
  case unavailable
  /// The channel is switched off: stop coming.
  case disabled
}

/// One setting of a provider's channels.
package struct SettingKey: Sendable {
  /// The name in JSON and configuration.
  package let name: String
  /// Never shown again, encrypted at rest.
  package let isSecret: Bool
  /// A channel cannot be without it.
  package let isRequired: Bool
  /// Several may be given while one replaces another.
  package let isList: Bool
  /// A sentence: what it is and where to find it.
  package let meaning: String

  /// A setting.
  package init(
    _ name: String, secret: Bool = false, required: Bool = false, list: Bool = false,
    _ meaning: String
  ) {
    self.name = name
    isSecret = secret
    isRequired = required
    isList = list
    self.meaning = meaning
  }

  /// The setting every provider has.
  package static let apiBaseURL = SettingKey(
    "api_base_url",
    "Where the provider's API is, for tests and private deployments; the provider's own if absent.")
}

/// A setting is missing, unknown or wrong.
package struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The setting's name.
  package let field: String
  /// What is wrong with it, without its value.
  package let reason: String
  /// The sentence for a person.
  package var description: String { "settings.\(field): \(reason)" }

  /// A finding.
  package init(field: String, _ reason: String) {
    self.field = field
    self.reason = reason
  }
}

/// A channel's settings: strings, or lists of strings, under the names the provider declares.
package struct ChannelSettings: Equatable, Sendable {
  /// The settings as given.
  package let object: JSONObject

  /// Checks names, shapes and presence against what the provider declares.
  ///
  /// - Throws: the first finding, in the order of the object and then of the declarations.
  package init(_ object: JSONObject, declared: [SettingKey]) throws(SettingsError) {
    for member in object where !member.value.isNull {
      guard let key = declared.first(where: { $0.name == member.key }) else {
        throw SettingsError(
          field: member.key,
          Spelling.unknown("setting", member.key, among: declared.map(\.name)))
      }
      try Self.check(member.value, key)
    }
    for key in declared where key.isRequired && (object[key.name]?.isNull ?? true) {
      throw SettingsError(field: key.name, "required: \(key.meaning)")
    }
    self.object = object
  }

  /// The single value of a setting; of a list the first. `nil` when absent.
  package func string(_ name: String) -> String? { strings(name).first }

  /// All values of a setting, the newest first; empty when absent.
  package func strings(_ name: String) -> [String] {
    switch object[name] {
    case .string(let value)?: [value]
    case .array(let values)?: values.compactMap(\.string)
    default: []
    }
  }

  /// Where the provider's API is, without a slash at the end: `api_base_url`, or the provider's
  /// own.
  ///
  /// - Throws: for a base that no path can follow.
  package func baseURL(default own: String) throws(SettingsError) -> String {
    let field = SettingKey.apiBaseURL.name
    var base = string(field) ?? own
    guard base.hasPrefix("https://") || base.hasPrefix("http://") else {
      throw SettingsError(field: field, "must begin with https:// or http://")
    }
    while base.hasSuffix("/") { base.removeLast() }
    let isPlain = base.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard isPlain, !base.contains(where: { "?#@\\".contains($0) }), !base.hasSuffix(":") else {
      throw SettingsError(field: field, "must be a host without user, query, fragment or spaces")
    }
    return base
  }

  private static func check(_ value: JSON, _ key: SettingKey) throws(SettingsError) {
    switch value {
    case .string(let text):
      if text.isEmpty { throw SettingsError(field: key.name, "must not be empty") }
    case .array(let values) where key.isList:
      if values.isEmpty { throw SettingsError(field: key.name, "must name at least one") }
      for value in values {
        guard let text = value.string, !text.isEmpty else {
          throw SettingsError(field: key.name, "must be a list of strings that are not empty")
        }
      }
    default:
      throw SettingsError(
        field: key.name, key.isList ? "must be a string or a list of strings" : "must be a string")
    }
  }
}
