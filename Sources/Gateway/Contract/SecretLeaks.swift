/// Looks for a channel's secrets in everything a provider says.
enum SecretLeaks {
  /// Where a secret appears, one sentence each.
  static func problems(_ fixture: Fixture) -> [String] {
    let needles = fixture.channel.secrets.flatMap(forms)
    guard !needles.isEmpty else { return [] }
    var problems: [String] = []
    func look(in place: String, _ bytes: [UInt8]) {
      guard !problems.contains(where: { $0.hasPrefix(place) }) else { return }
      if needles.contains(where: { contains(bytes, $0) }) {
        problems.append("\(place) holds a secret of the channel")
      }
    }
    let provider = fixture.channel.provider
    for request in requests(fixture) {
      switch fixture.verification(request) {
      case .verified(let by): look(in: "the reason of a verification", Array(by.utf8))
      case .refused(let reason): look(in: "the reason of a refusal", Array(reason.utf8))
      }
      do throws(Unreadable) {
        let items = try provider.read(request)
        // What a stranger wrote into a request is theirs to know; only the recorded one is ours.
        if request == fixture.request {
          look(in: "what is read", JSON.array(items.map(\.json)).serialized())
        }
      } catch {
        look(in: "the reason of being unreadable", Array(error.description.utf8))
      }
    }
    for outcome in WebhookOutcome.all {
      look(in: "an answer", provider.answer(outcome, to: fixture.request).wire)
    }
    for step in provider.remainingSteps(webhookURL: "https://gateway.example/webhooks/chn_1") {
      look(in: "a remaining step", Array(step.utf8))
    }
    if fixture.kind.hasGolden, let golden = try? File.read(fixture.goldenFile) {
      look(in: "the golden file", golden)
    }
    return problems
  }

  /// Where a secret appears when the message is sent, one sentence each. A request may hold one: it
  /// goes to the provider and its record is redacted.
  static func problems(_ fixture: OutboundFixture) -> [String] {
    let waiting = fixture.waitingCourses()
    let needles =
      fixture.channel.secrets.flatMap(forms) + waiting.flatMap(\.requests).compactMap(credentials)
    guard !needles.isEmpty else { return [] }
    var problems: [String] = []
    func look(in place: String, _ bytes: [UInt8]) {
      guard !problems.contains(where: { $0.hasPrefix(place) }) else { return }
      if needles.contains(where: { contains(bytes, $0) }) {
        problems.append("\(place) holds a secret of the channel")
      }
    }
    do throws(Unsendable) {
      let parts = try fixture.parts()
      look(in: "a part", JSON.array(parts.map(\.json)).serialized())
    } catch {
      look(in: "the reason of being unsendable", Array("\(error.field) \(error)".utf8))
    }
    let generated = waiting.flatMap { start in
      GeneratedAnswer.few.map { fixture.course(start, $0) }
    }
    for course in fixture.recordedCourses() + waiting + generated {
      for request in course.requests { look(in: "the name of a step", Array(request.name.utf8)) }
      guard let outcome = course.outcome else { continue }
      look(in: "an outcome", outcome.json.serialized())
    }
    return problems
  }

  /// The request, without its proof, with a changed proof, and with bodies that cannot be read.
  private static func requests(_ fixture: Fixture) -> [HTTPRequest] {
    let request = fixture.request
    var requests = [request]
    for (index, field) in request.headers.fields.enumerated() {
      requests.append(request.replacing(field: index, with: nil))
      requests.append(request.replacing(field: index, with: "x"))
      requests.append(request.replacing(field: index, with: String(field.value.reversed())))
    }
    for body in ["", "{", "%", "[]", "{}", "a=b"] {
      requests.append(request.with(body: Array(body.utf8)))
    }
    requests.append(request.with(body: request.body.dropLast()))
    requests.append(request.with(body: [0xFF] + request.body))
    return requests
  }

  /// What proves a request to be ours: user name and secret in one, where it is `Basic`.
  private static func credentials(_ request: SendRequest) -> [UInt8]? {
    let value = request.http.headers["authorization"]?.split(separator: " ").last ?? ""
    return value.utf8.count < FixtureChannel.secretLengthMin ? nil : Array(value.utf8)
  }

  /// A secret as it is, and as it looks in a header, an URL or a log of bytes.
  private static func forms(of secret: String) -> [[UInt8]] {
    let bytes = Array(secret.utf8)
    let escaped = Array(Form.encode([("", secret)]).dropFirst())
    return [bytes, Array(Base64.encode(bytes).utf8), Array(Hex.encode(bytes).utf8), escaped]
  }

  private static func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    guard let first = needle.first, bytes.count >= needle.count else { return false }
    for start in 0...(bytes.count - needle.count)
    where bytes[start] == first && bytes[start...].starts(with: needle) {
      return true
    }
    return false
  }
}
