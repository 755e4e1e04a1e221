import Gateway

/// Reads what a script says of Meta.
///
///     {"errors": {"+15035550142": 131030, "6543210987654321": [10, 2534022]},
///      "templates": [{"name": "order_ready", "language": "en_US", "status": "APPROVED",
///                     "category": "UTILITY", "components": [{"type": "BODY", "text": "{{1}}"}]}]}
enum GraphScriptReader {
  /// The member `meta` of a script.
  static func script(_ object: ScriptObject) throws(SimulatorError) -> GraphScript {
    try object.allow([
      "errors", "status_errors", "closed_windows", "enforces_windows", "templates", "wa_ids",
      "names", "expired_tokens", "token_calls", "media_expiry_seconds", "media_uses",
      "delivered_after_failed_rate", "delivered_missing_rate", "echoes", "failed_code",
    ])
    var script = GraphScript()
    for member in try object.object("errors")?.members ?? [:] {
      script.errors[member.key] = try fault(member.value, of: object)
    }
    for member in try object.object("status_errors")?.members ?? [:] {
      guard let code = member.value.integer, codes.contains(code) else {
        throw object.wrong("status_errors", "an object of codes by recipient")
      }
      script.statusErrors[member.key] = Int(code)
    }
    script.closedWindows = try object.texts("closed_windows")
    try object.set("enforces_windows", &script.enforcesWindows)
    for template in object.value("templates")?.array ?? [] {
      guard let template = ProviderTemplate(json: template) else {
        throw object.wrong("templates", "an array of objects with name, language and status")
      }
      script.templates.append(template)
    }
    script.waIDs = try words("wa_ids", object)
    script.names = try words("names", object)
    script.expiredTokens = try object.texts("expired_tokens")
    script.tokenCalls = try object.integer("token_calls", 0...1_000_000_000).map { Int($0) }
    script.mediaExpirySeconds =
      try object.integer("media_expiry_seconds", 0...86_400_000) ?? script.mediaExpirySeconds
    script.mediaUses = try object.integer("media_uses", 0...1_000_000).map { Int($0) }
    try object.set("delivered_after_failed_rate", &script.deliveredAfterFailedRate)
    try object.set("delivered_missing_rate", &script.deliveredMissingRate)
    try object.set("echoes", &script.echoes)
    try object.set("failed_code", codes, &script.failedCode)
    return script
  }

  /// Meta's codes.
  private static let codes: ClosedRange<Int64> = 0...99_999_999

  /// A code, or one with its subcode.
  private static func fault(
    _ json: JSON, of object: ScriptObject
  ) throws(SimulatorError) -> GraphScript.Fault {
    let numbers = json.array?.map(\.integer) ?? [json.integer]
    guard let first = numbers.first, let code = first, codes.contains(code), numbers.count <= 2
    else { throw object.wrong("errors", "an object of codes, or [code, subcode], by recipient") }
    return GraphScript.Fault(Int(code), numbers.dropFirst().first?.map { Int(clamping: $0) })
  }

  private static func words(
    _ name: String, _ object: ScriptObject
  ) throws(SimulatorError) -> [String: String] {
    var words: [String: String] = [:]
    for member in try object.object(name)?.members ?? [:] {
      guard let word = member.value.string else { throw object.wrong(name, "an object of texts") }
      words[member.key] = word
    }
    return words
  }
}
