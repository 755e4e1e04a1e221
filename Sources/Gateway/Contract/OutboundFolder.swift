/// The folder `outbound` of one provider: messages, recorded answers, goldens.
struct OutboundFolder {
  /// The messages that can be read, in the order of their names.
  private(set) var fixtures: [OutboundFixture] = []
  /// What is wrong: the file's name, and a sentence.
  private(set) var problems: [(file: String, sentence: String)] = []

  private let path: String
  private let shownPath: String
  private let channel: FixtureChannel

  private static let messageEnding = ".message.json"
  private static let answerEnding = ".response.http"
  /// Members a message may have. An unknown one is most likely a slip, and would be left unsent.
  private static let members =
    [
      "id", "transport", "recipient", "sender", "reply_to", "last_inbound_at", "callback_url",
      "template", "knows_templates", "tries",
    ] + OutboundContent.memberNames

  /// Loads the folder at `path`; one that is not there has no messages.
  init(_ path: String, shownPath: String, _ channel: FixtureChannel) {
    self.path = path
    self.shownPath = shownPath
    self.channel = channel
    let files = (try? File.list(path)) ?? []
    let names = files.filter { $0.hasSuffix(Self.messageEnding) }
      .map { String($0.dropLast(Self.messageEnding.count)) }
    var owned: [String: [String]] = [:]
    for file in files where !file.hasSuffix(Self.messageEnding) {
      // A name may have dots: of "sms" and "sms.long" the longer one owns "sms.long.request.http".
      let owners = names.filter { file.hasPrefix("\($0).") }
      if let owner = owners.max(by: { $0.count < $1.count }) {
        owned[owner, default: []].append(String(file.dropFirst(owner.count + 1)))
      } else if file.hasSuffix(".http") || file.hasSuffix(".json") {
        problems.append((file, "belongs to no .message.json file: remove or rename it"))
      }
    }
    for name in names { load(name, owned[name] ?? []) }
  }

  private mutating func load(_ name: String, _ files: [String]) {
    let file = name + Self.messageEnding
    guard let transport = channel.provider as? any Transport else {
      problems.append((file, "is to be sent, but the provider is no Transport"))
      return
    }
    let message: OutboundMessage
    do {
      let json = try JSON.parse(File.read("\(path)/\(file)"))
      for member in json.object ?? [:] where !Self.members.contains(member.key) {
        problems.append((file, "has a member \"\(member.key)\", which no message has"))
      }
      message = try OutboundMessage(json: json)
    } catch let error as ContentError {
      problems.append((file, "is no message: \(error.field): \(error.message)"))
      return
    } catch {
      problems.append((file, "is no message: \(error)"))
      return
    }
    fixtures.append(
      OutboundFixture(
        channel: channel, transport: transport, path: "\(shownPath)/\(file)",
        stem: "\(path)/\(name).", message: message,
        cases: cases(name, files.filter { ".\($0)".hasSuffix(Self.answerEnding) }),
        otherFiles: files.filter { !".\($0)".hasSuffix(Self.answerEnding) }))
  }

  private mutating func cases(_ name: String, _ files: [String]) -> [OutboundFixture.Case] {
    var answers: [String: [Int: RecordedAnswer]] = [:]
    for file in files {
      guard let (word, place) = Self.place(file) else {
        problems.append(("\(name).\(file)", "needs a case: \(name).<case>.response.http"))
        continue
      }
      guard let bytes = try? File.read("\(path)/\(name).\(file)"),
        let answer = RecordedAnswer(bytes)
      else {
        problems.append(
          (
            "\(name).\(file)",
            "is not a response: a status line, header lines, a blank line, the body"
          ))
        continue
      }
      if case .whole(let response) = answer,
        let problem = FixtureFolder.lengthProblem(response.headers, response.body)
      {
        problems.append(("\(name).\(file)", problem))
      }
      answers[word, default: [:]][place] = answer
    }
    return answers.sorted { $0.key < $1.key }.map { word, answers in
      // Only what stands in an unbroken row from the first can ever be reached.
      let row = (1...).prefix { answers[$0] != nil }.compactMap { answers[$0] }
      if row.count < answers.count {
        problems.append(
          (
            "\(name).\(word).\(row.isEmpty ? "" : "\(row.count + 1).")response.http",
            "is missing: an answer behind it is there"
          ))
      }
      return OutboundFixture.Case(name: word, answers: row)
    }
  }

  /// The case of `accepted.2.response.http`, and which of its answers the file is.
  private static func place(_ file: String) -> (word: String, place: Int)? {
    let stem = file.dropLast(answerEnding.count)
    if let dot = stem.lastIndex(of: "."), let number = Int(stem[stem.index(after: dot)...]),
      (2...MessagePart.stepsMax).contains(number)
    {
      return (String(stem[..<dot]), number)
    }
    return stem.isEmpty || file.count < answerEnding.count ? nil : (String(stem), 1)
  }
}
