/// The wish of an account to be told about: the app as a whole says where to, each account says of
/// what. Meta's answers may repeat the token, so no sentence made here holds it.
/// <https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps>, v25, 2026.
struct MetaSubscription: Sendable {
  /// With whose token.
  let app: MetaApp
  /// The page or account.
  let node: String
  /// What to be told, in Meta's words.
  let fields: [String]

  /// The fields of a page, for Messenger.
  static let messengerFields =
    pageFields + ["message_deliveries", "messaging_optins", "messaging_policy_enforcement"]
  /// The fields of the page that an Instagram account is linked to. Pages refuse `messaging_seen`.
  static let pageFields = [
    "messages", "message_echoes", "message_edits", "message_reactions", "message_reads",
    "messaging_postbacks", "messaging_referrals", "messaging_handovers", "standby",
  ]
  /// The fields of an Instagram account, with Instagram login. Echoes come with `messages`.
  static let instagramFields = [
    "messages", "message_edit", "message_reactions", "messaging_seen", "messaging_postbacks",
    "messaging_referral", "messaging_handover", "standby",
  ]

  /// Asks to be told.
  var registration: HTTPRequest {
    app.request("POST", "\(path)?subscribed_fields=\(fields.joined(separator: ","))")
  }

  /// Asks what we are told.
  var inspection: HTTPRequest { app.request("GET", path) }

  private var path: String { "/\(node)/subscribed_apps" }

  /// What came of asking; `nil` when it is done.
  func problem(_ response: HTTPResponse) -> String? {
    let answer = (try? JSON.parse(response.body)) ?? .null
    if (200...299).contains(response.status), answer["success"]?.bool == true { return nil }
    return refusal(response, answer)
  }

  /// What is missing from what we are told, one sentence each.
  func findings(_ response: HTTPResponse) -> [String] {
    let answer = (try? JSON.parse(response.body)) ?? .null
    guard (200...299).contains(response.status), let apps = answer["data"]?.array else {
      return [refusal(response, answer)]
    }
    // Meta shows our own app alone; should there be others, ours is the one that knows most.
    let told = apps.map { Set(($0["subscribed_fields"]?.array ?? []).compactMap(Self.name)) }
    guard let own = told.max(by: { count($0) < count($1) }), !own.isEmpty else {
      return ["The app is not subscribed to \(node): register it, or nothing comes."]
    }
    let missing = fields.filter { !own.contains($0) }
    if missing.isEmpty { return [] }
    return [
      "Meta is not asked for these fields of \(node): \(missing.joined(separator: ", ")). Register "
        + "to ask for them, and subscribe the app to them in its Webhooks settings."
    ]
  }

  private func count(_ told: Set<String>) -> Int { fields.filter(told.contains).count }

  /// Some versions show a field as an object.
  private static func name(_ field: JSON) -> String? { field.string ?? field["name"]?.string }

  /// What stands in the way, for a person. By the code: the statuses say little.
  private func refusal(_ response: HTTPResponse, _ answer: JSON) -> String {
    let error = answer["error"]
    guard let code = error?["code"]?.integer else {
      return "Meta answered with status \(response.status) and no reason: try again, and check "
        + "api_base_url."
    }
    let subcode = error?["error_subcode"]?.integer.map { ", subcode \($0)" } ?? ""
    let shown = "code \(code)\(subcode)"
    switch code {
    case 190, 102:
      return "Meta does not take the access_token (\(shown)): make a new one and give it to the "
        + "channel."
    case 4, 17, 32, 613: return "Meta wants fewer requests (\(shown)): try again in an hour."
    case 3, 10, 200...299:
      return "The access_token lacks a permission (\(shown)): \(words(error)) The README of this "
        + "provider names the permissions."
    default: return "Meta refused (\(shown)): \(words(error))"
    }
  }

  /// Meta's own words, unless they hold what must not be shown.
  private func words(_ error: JSON?) -> String {
    guard let text = error?["message"]?.string, !text.isEmpty else { return "no reason is given." }
    let hidden =
      [app.accessToken]
      + (app.secrets + app.verifyTokens).map {
        String(decoding: $0, as: UTF8.self)
      }
    if hidden.contains(where: { !$0.isEmpty && text.contains($0) }) {
      return "(not shown: it holds a secret)."
    }
    let short = String(text.prefix(Self.wordsCharactersMax))
    return short.hasSuffix(".") ? short : "\(short)."
  }

  private static let wordsCharactersMax = 300
}
