import Gateway

extension ProviderScript {
  /// Reads a script from JSON; see ``ProviderScriptReader``.
  package init(json: JSON) throws(SimulatorError) {
    self = try ProviderScriptReader.script(ScriptObject(json, at: "the script"))
  }
}

/// Reads scripts. What a script does not name stays as in ``ProviderScript``; what is unknown is an
/// error, as a misspelt failure would be one that never happens.
///
///     {"seed": 7, "errors": {"rate": 0.3, "mix": {"429": 1, "timeout_after": 2}},
///      "outages": [{"from_request": 100, "to_request": 200, "fault": "cut"}],
///      "limits": "published", "telegram_chats": {"-5": {"migrated_to": -1005}, "6": "blocked"}}
enum ProviderScriptReader {
  /// A whole script.
  static func script(_ object: ScriptObject) throws(SimulatorError) -> ProviderScript {
    try object.allow([
      "seed", "errors", "steps", "outages", "latency", "limits", "statuses", "media", "twilio",
      "meta", "telegram_chats", "telegram_missing_messages", "hold_milliseconds", "huge_body_bytes",
    ])
    var script = ProviderScript()
    if let seed = try object.integer("seed", 0...(.max)) { script.seed = UInt64(seed) }
    if let inner = try object.object("errors") { script.errors = try errors(inner) }
    for inner in try object.objects("steps") { script.steps.append(try step(inner)) }
    for inner in try object.objects("outages") { script.outages.append(try outage(inner)) }
    if let inner = try object.object("latency") { script.latency = try latency(inner) }
    script.limits = try limits(object)
    if let inner = try object.object("statuses") { script.statuses = try statuses(inner) }
    if let inner = try object.object("media") { script.media = try media(inner) }
    if let inner = try object.object("twilio") { script.twilio = try people(inner) }
    if let inner = try object.object("meta") { script.meta = try GraphScriptReader.script(inner) }
    script.telegramChats = try chats(object)
    for number in object.value("telegram_missing_messages")?.array ?? [] {
      guard let id = number.integer else {
        throw object.wrong("telegram_missing_messages", "whole numbers")
      }
      script.telegramMissingMessages.insert(id)
    }
    try object.set("hold_milliseconds", 0...600_000, &script.holdMilliseconds)
    try object.set("huge_body_bytes", 0...(1 << 30), &script.hugeBodyBytes)
    return script
  }

  private static func errors(_ object: ScriptObject) throws(SimulatorError) -> ProviderScript.Errors
  {
    try object.allow(["rate", "mix", "retry_after_seconds", "in_row_max", "limits_sender"])
    var errors = ProviderScript.Errors()
    try object.set("rate", &errors.rate)
    if let mix = try object.object("mix") {
      try mix.allow(ProviderFault.allCases.map(\.rawValue))
      errors.mix = [:]
      for fault in ProviderFault.allCases {
        errors.mix[fault] = try mix.integer(fault.rawValue, 0...1000).map { Int($0) }
      }
    }
    try object.set("retry_after_seconds", 0...86_400, &errors.retryAfterSeconds)
    errors.inRowMax = try object.integer("in_row_max", 0...1_000_000).map { Int($0) }
    try object.set("limits_sender", &errors.limitsSender)
    return errors
  }

  private static func step(_ object: ScriptObject) throws(SimulatorError) -> ProviderScript.Step {
    try object.allow(["recipient", "from", "count", "fault"])
    return ProviderScript.Step(
      recipient: try object.text("recipient"),
      from: Int(try object.integer("from", 1...1_000_000_000) ?? 1),
      count: Int(try object.integer("count", 1...1_000_000_000) ?? 1), fault: try fault(object))
  }

  private static func outage(
    _ object: ScriptObject
  ) throws(SimulatorError) -> ProviderScript.Outage {
    try object.allow(["from_request", "to_request", "from_seconds", "to_seconds", "fault"])
    func range(_ unit: String) throws(SimulatorError) -> Range<Int64>? {
      let from = try object.integer("from_\(unit)", 0...1_000_000_000)
      let to = try object.integer("to_\(unit)", 0...1_000_000_000)
      guard from != nil || to != nil else { return nil }
      guard (from ?? 0) <= (to ?? .max) else { throw object.wrong("to_\(unit)", "after the from") }
      return (from ?? 0)..<(to ?? 1_000_000_001)
    }
    let requests = try range("request")
    let seconds = try range("seconds")
    let fault = object.value("fault") == nil ? ProviderFault.serverError : try fault(object)
    if fault.accepts { throw object.wrong("fault", "one that accepts nothing") }
    guard requests != nil || seconds != nil else {
      throw object.wrong("from_request", "given, or from_seconds")
    }
    return ProviderScript.Outage(
      requests: requests.map { Int($0.lowerBound)..<Int($0.upperBound) },
      milliseconds: seconds.map { $0.lowerBound * 1000..<$0.upperBound * 1000 }, fault: fault)
  }

  private static func fault(_ object: ScriptObject) throws(SimulatorError) -> ProviderFault {
    let word = try object.text("fault") ?? ""
    guard let fault = ProviderFault(rawValue: word) else {
      throw .unknown(
        "fault of \(object.place)", word, among: ProviderFault.allCases.map(\.rawValue))
    }
    return fault
  }

  private static func latency(
    _ object: ScriptObject
  ) throws(SimulatorError) -> ProviderScript.Latency {
    try object.allow(["milliseconds", "slow_rate", "slow_milliseconds"])
    var latency = ProviderScript.Latency()
    try object.set("milliseconds", 0...600_000, &latency.milliseconds)
    try object.set("slow_rate", &latency.slowRate)
    try object.set("slow_milliseconds", 0...600_000, &latency.slowMilliseconds)
    return latency
  }

  private static func limits(
    _ object: ScriptObject
  ) throws(SimulatorError) -> ProviderScript.Limits? {
    if object.value("limits")?.string == "published" { return .published }
    guard let inner = try object.object("limits") else { return nil }
    let names = [
      "twilio_sender", "twilio_whatsapp_sender", "telegram_chat", "telegram_group", "telegram_bot",
      "cloud_number", "cloud_pair", "meta_account",
    ]
    try inner.allow(names + ["slack_milliseconds", "grace_milliseconds"])
    var limits = ProviderScript.Limits()
    limits.twilioSender = try rate(inner, names[0])
    limits.twilioWhatsAppSender = try rate(inner, names[1])
    limits.telegramChat = try rate(inner, names[2])
    limits.telegramGroup = try rate(inner, names[3])
    limits.telegramBot = try rate(inner, names[4])
    limits.cloudNumber = try rate(inner, names[5])
    limits.cloudPair = try rate(inner, names[6])
    limits.metaAccount = try rate(inner, names[7])
    limits.slackMilliseconds = try inner.integer("slack_milliseconds", 0...60_000) ?? 0
    limits.graceMilliseconds = try inner.integer("grace_milliseconds", 0...60_000) ?? 0
    return limits
  }

  private static func rate(
    _ object: ScriptObject, _ name: String
  ) throws(SimulatorError) -> ProviderScript.Limits.Rate? {
    guard let inner = try object.object(name) else { return nil }
    try inner.allow(["per_second", "burst"])
    guard let perSecond = inner.value("per_second")?.number, perSecond > 0, perSecond <= 1e6 else {
      throw inner.wrong("per_second", "a number above 0")
    }
    return ProviderScript.Limits.Rate(
      perSecond: perSecond, burst: Double(try inner.integer("burst", 1...1_000_000) ?? 1))
  }

  private static func statuses(
    _ object: ScriptObject
  ) throws(SimulatorError) -> ProviderScript.Statuses {
    try object.allow([
      "delay_milliseconds", "shuffled_rate", "duplicated_rate", "lost_rate", "late_rate",
      "late_milliseconds", "read_rate", "failed_rate", "failed_code",
    ])
    var statuses = ProviderScript.Statuses()
    try object.set("delay_milliseconds", 0...86_400_000, &statuses.delayMilliseconds)
    try object.set("shuffled_rate", &statuses.shuffledRate)
    try object.set("duplicated_rate", &statuses.duplicatedRate)
    try object.set("lost_rate", &statuses.lostRate)
    try object.set("late_rate", &statuses.lateRate)
    try object.set("late_milliseconds", 0...86_400_000, &statuses.lateMilliseconds)
    try object.set("read_rate", &statuses.readRate)
    try object.set("failed_rate", &statuses.failedRate)
    try object.set("failed_code", 10_000...99_999, &statuses.failedCode)
    return statuses
  }

  private static func media(_ object: ScriptObject) throws(SimulatorError) -> ProviderScript.Media {
    try object.allow(["expiry_seconds", "not_ready_times"])
    var media = ProviderScript.Media()
    media.expirySeconds = try object.integer("expiry_seconds", 0...86_400_000) ?? 3600
    try object.set("not_ready_times", 0...1_000_000, &media.notReadyTimes)
    return media
  }

  private static func people(
    _ object: ScriptObject
  ) throws(SimulatorError) -> ProviderScript.TwilioPeople {
    try object.allow(["senders", "opted_out", "errors", "status_errors", "closed_windows"])
    var people = ProviderScript.TwilioPeople()
    people.senders = try object.texts("senders")
    people.optedOut = try object.texts("opted_out")
    people.closedWindows = try object.texts("closed_windows")
    people.errors = try object.codes("errors")
    people.statusErrors = try object.codes("status_errors")
    return people
  }

  private static func chats(
    _ object: ScriptObject
  ) throws(SimulatorError) -> [Int64: TelegramTrouble] {
    var chats: [Int64: TelegramTrouble] = [:]
    for member in try object.object("telegram_chats")?.members ?? [:] {
      guard let chat = Int64(member.key) else {
        throw object.wrong("telegram_chats", "an object with the ids of chats as names")
      }
      if let id = member.value["migrated_to"]?.integer, member.value.object?.count == 1 {
        chats[chat] = .migrated(to: id)
      } else if let trouble = TelegramTrouble.words[member.value.string ?? ""] {
        chats[chat] = trouble
      } else {
        throw .unknown(
          "trouble of chat \(chat)", member.value.string ?? "",
          among: TelegramTrouble.words.keys.sorted() + ["migrated_to"])
      }
    }
    return chats
  }
}

/// One object of a script, with its place for sentences about it.
struct ScriptObject {
  /// Where it stands.
  let place: String
  /// What is in it.
  let members: JSONObject

  /// An object, or an error.
  init(_ json: JSON, at place: String) throws(SimulatorError) {
    guard let object = json.object else { throw SimulatorError("\(place) must be an object") }
    self.place = place
    members = object
  }

  /// A member, if it is there.
  func value(_ name: String) -> JSON? { members[name] }

  /// Refuses members of other names.
  func allow(_ names: [String]) throws(SimulatorError) {
    for name in members.keys where !names.contains(name) {
      throw .unknown("member of \(place)", name, among: names)
    }
  }

  /// Says what a member must be.
  func wrong(_ name: String, _ wanted: String) -> SimulatorError {
    SimulatorError("\(name) of \(place) must be \(wanted)")
  }

  /// A whole number within a range.
  func integer(_ name: String, _ range: ClosedRange<Int64>) throws(SimulatorError) -> Int64? {
    guard let value = members[name] else { return nil }
    guard let number = value.integer, range.contains(number) else {
      throw wrong(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A text.
  func text(_ name: String) throws(SimulatorError) -> String? {
    guard let value = members[name] else { return nil }
    guard let text = value.string else { throw wrong(name, "a text") }
    return text
  }

  /// An object.
  func object(_ name: String) throws(SimulatorError) -> ScriptObject? {
    guard let value = members[name] else { return nil }
    return try ScriptObject(value, at: name)
  }

  /// A list of objects; empty without one.
  func objects(_ name: String) throws(SimulatorError) -> [ScriptObject] {
    guard let value = members[name] else { return [] }
    guard let array = value.array else { throw wrong(name, "an array") }
    var objects: [ScriptObject] = []
    for (index, element) in array.enumerated() {
      objects.append(try ScriptObject(element, at: "\(name)[\(index)]"))
    }
    return objects
  }

  /// A list of texts; empty without one.
  func texts(_ name: String) throws(SimulatorError) -> Set<String> {
    guard let value = members[name] else { return [] }
    guard let array = value.array, array.allSatisfy({ $0.string != nil }) else {
      throw wrong(name, "an array of texts")
    }
    return Set(array.compactMap(\.string))
  }

  /// Error codes by recipient; empty without any.
  func codes(_ name: String) throws(SimulatorError) -> [String: Int] {
    var codes: [String: Int] = [:]
    guard let inner = try object(name) else { return codes }
    for key in inner.members.keys {
      codes[key] = try inner.integer(key, 10_000...99_999).map { Int($0) }
    }
    return codes
  }

  /// Sets a share, 0 to 1, if it is given.
  func set(_ name: String, _ target: inout Double) throws(SimulatorError) {
    guard let value = members[name] else { return }
    guard let number = value.number, (0...1).contains(number) else {
      throw wrong(name, "a number from 0 to 1")
    }
    target = number
  }

  /// Sets a truth value, if it is given.
  func set(_ name: String, _ target: inout Bool) throws(SimulatorError) {
    guard let value = members[name] else { return }
    guard let truth = value.bool else { throw wrong(name, "true or false") }
    target = truth
  }

  /// Sets a whole number, if it is given.
  func set(
    _ name: String, _ range: ClosedRange<Int64>, _ target: inout Int
  ) throws(SimulatorError) {
    if let number = try integer(name, range) { target = Int(number) }
  }

  /// Sets a range, if it is given: `[1, 5]`, or one number for both ends.
  func set(
    _ name: String, _ range: ClosedRange<Int64>, _ target: inout ClosedRange<Int>
  ) throws(SimulatorError) {
    guard let value = members[name] else { return }
    let ends = value.array?.map(\.integer) ?? [value.integer, value.integer]
    guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high,
      range.contains(low), range.contains(high)
    else {
      throw wrong(name, "a whole number or two, from \(range.lowerBound) to \(range.upperBound)")
    }
    target = Int(low)...Int(high)
  }
}
