/// What is asked of every provider that sends, for every recorded message.
package enum OutboundCheck: String, CaseIterable, Sendable {
  /// Parts, requests and outcomes equal the golden files.
  case sendsAsRecorded = "sends_as_recorded"
  /// The same message and answers give the same parts, requests and outcomes.
  case sendsTheSameTwice = "sends_the_same_twice"
  /// Every request goes to the API's address, wherever the settings say that is.
  case sendsToItsBase = "sends_to_its_base"
  /// Whatever comes back, there is an outcome, soon.
  case comesToAnOutcome = "comes_to_an_outcome"
  /// Every outcome but success has a reason, and every success ids.
  case explainsOutcomes = "explains_outcomes"
  /// What may have been sent is not sent again.
  case neverSendsBlindlyAgain = "never_sends_blindly_again"
  /// Nonsense as an answer neither stops the program nor is a success.
  case survivesNonsenseAnswers = "survives_nonsense_answers"
  /// No secret appears in parts, outcomes or names of steps.
  case keepsSecretsSending = "keeps_secrets_sending"

  /// What is wrong, one sentence each.
  func problems(_ fixture: OutboundFixture) -> [String] {
    switch self {
    case .sendsAsRecorded: sendsAsRecorded(fixture)
    case .sendsTheSameTwice: sendsTheSameTwice(fixture)
    case .sendsToItsBase: sendsToItsBase(fixture)
    case .comesToAnOutcome: comesToAnOutcome(fixture)
    case .explainsOutcomes: explainsOutcomes(fixture)
    case .neverSendsBlindlyAgain: neverSendsBlindlyAgain(fixture)
    case .survivesNonsenseAnswers: survivesNonsenseAnswers(fixture)
    case .keepsSecretsSending: SecretLeaks.problems(fixture)
    }
  }

  private func sendsAsRecorded(_ fixture: OutboundFixture) -> [String] {
    let goldens = fixture.goldens
    var problems = goldens.compactMap { golden -> String? in
      guard let known = try? File.read(fixture.stem + golden.file) else {
        return "has no golden \(golden.file): write the goldens, and read what was written"
      }
      return golden.difference(known).map { "\(golden.file): \($0)" }
    }
    let names = Set(goldens.map(\.file))
    problems += fixture.otherFiles.filter { !names.contains($0) }
      .map { "has a file \($0), which is not what comes of it: remove or rename it" }
    if let parts = try? fixture.parts() {
      if parts.isEmpty { problems.append("has no part: throw Unsendable instead") }
    } else if !fixture.cases.isEmpty {
      problems.append("has responses, but cannot be sent")
    }
    for (recorded, course) in zip(fixture.cases, fixture.recordedCourses())
    where course.steps.count < recorded.answers.count {
      problems.append(
        "has \(recorded.answers.count) answers for \(recorded.name), but there is an outcome after "
          + "\(course.steps.count)")
    }
    return problems + requests(fixture).compactMap { unwritable($0, fixture.message) }.prefix(1)
  }

  /// Why a request cannot be made as it is.
  private func unwritable(_ request: SendRequest, _ message: OutboundMessage) -> String? {
    if HTTPRequest(wire: request.http.wire) != request.http {
      return "has a request \(request.name) with a space or line break in its target or headers"
    }
    guard let upload = request.upload else { return nil }
    if !request.http.body.isEmpty {
      return "has a request \(request.name) with a body beside its upload"
    }
    let files = message.content.attachments.indices
    return upload.files.allSatisfy { files.contains($0.attachment) }
      ? nil : "has a request \(request.name) that uploads a file the message does not have"
  }

  private func sendsTheSameTwice(_ fixture: OutboundFixture) -> [String] {
    let (transport, message, now) = (fixture.transport, fixture.message, fixture.channel.now)
    guard let parts = try? fixture.parts() else { return [] }
    // Between the two, another message: a provider keeps nothing from one to the next.
    var other = message
    other.id += "0"
    other.content = OutboundContent(text: "Another")
    _ = try? transport.parts(of: other, now: now)
    if (try? fixture.parts()) != parts {
      return ["has other parts when asked again: one that was sent could not be told by its place"]
    }
    // A window may close, which throws, or leaves the template that the message names for then;
    // what can still be sent is sent in the same parts.
    let later = now.adding(milliseconds: 86_400_000)
    var closed = message
    closed.lastInboundAt = nil
    let instead =
      message.content.providerTemplate == nil ? nil : try? transport.parts(of: closed, now: now)
    if let partsLater = try? transport.parts(of: message, now: later), partsLater != parts,
      partsLater != instead,
      // What allows it after the window stands in every part, from then on only.
      message.content.tag == nil || partsLater.count != parts.count
    {
      return ["has other parts a day later: they must depend on the message alone"]
    }
    for course in fixture.waitingCourses() + fixture.recordedCourses() {
      let first = transport.next(course.part, of: message, after: course.steps)
      _ = transport.next(course.part, of: other, after: [])
      if transport.next(course.part, of: message, after: course.steps) != first {
        return ["has another next step when asked again after \(course.steps.count) answers"]
      }
    }
    return []
  }

  private func sendsToItsBase(_ fixture: OutboundFixture) -> [String] {
    let channel = fixture.channel
    var problems: [String] = []
    for request in requests(fixture) {
      let target = request.http.target
      if let base = channel.apiBaseURL {
        if !Self.isBelow(base, target) {
          problems.append("sends \(request.name) to \(request.host), not to api_base_url")
        }
      } else if !target.hasPrefix("https://") || request.host.hasPrefix(":")
        || request.host.contains("@")
      {
        problems.append("sends \(request.name) to no plain https address")
      }
    }
    guard let elsewhere = channel.elsewhere else {
      return problems + ["cannot be tried with another api_base_url: the settings are refused"]
    }
    let moved = OutboundFixture(
      channel: channel, transport: elsewhere, path: fixture.path, stem: fixture.stem,
      message: fixture.message, cases: fixture.cases, otherFiles: [])
    for request in requests(moved)
    where !Self.isBelow(FixtureChannel.elsewhereURL, request.http.target) {
      problems.append(
        "sends \(request.name) to \(request.host) though api_base_url is another address")
    }
    return Array(problems.prefix(1))
  }

  private static func isBelow(_ base: String, _ target: String) -> Bool {
    target.hasPrefix(base.hasSuffix("/") ? base : "\(base)/")
  }

  private func comesToAnOutcome(_ fixture: OutboundFixture) -> [String] {
    first(fixture, GeneratedAnswer.all) { course in
      course.outcome == nil
        ? "asks for more than \(MessagePart.stepsMax) requests and comes to no outcome" : nil
    }
  }

  private func explainsOutcomes(_ fixture: OutboundFixture) -> [String] {
    var problems: [String] = []
    do throws(Unsendable) { _ = try fixture.parts() } catch {
      if error.field.isEmpty || error.description.isEmpty {
        problems.append("cannot be sent, without a field and a sentence")
      }
    }
    for (recorded, course) in zip(fixture.cases, fixture.recordedCourses()) {
      if let problem = course.outcome?.problem { problems.append("\(problem): \(recorded.name)") }
    }
    return problems + first(fixture, GeneratedAnswer.few) { $0.outcome?.problem }
  }

  private func neverSendsBlindlyAgain(_ fixture: OutboundFixture) -> [String] {
    let recorded = zip(fixture.cases, fixture.recordedCourses()).filter(\.1.isRepeatedBlindly)
      .map { "is sent again, though it may have arrived: \($0.0.name)" }
    return recorded
      + first(fixture, GeneratedAnswer.doubtful) {
        $0.isRepeatedBlindly ? "is sent again, though it may have arrived" : nil
      }
  }

  private func survivesNonsenseAnswers(_ fixture: OutboundFixture) -> [String] {
    guard let part = (try? fixture.parts())?.first else { return [] }
    for (recorded, course) in zip(fixture.cases, fixture.recordedCourses()) {
      for (index, answer) in recorded.answers.prefix(course.steps.count).enumerated() {
        guard case .whole(let response) = answer else { continue }
        for nonsense in Nonsense.responses(like: response, salt: fixture.path) {
          let answers = recorded.answers.prefix(index) + [.whole(nonsense)]
          let outcome = fixture.course(part, .init(name: "", answers: Array(answers))).outcome
          if let problem = outcome?.falseClaim {
            return ["\(problem): \(recorded.name), changed"]
          }
        }
      }
    }
    return []
  }

  /// Every request that the recorded answers lead to.
  private func requests(_ fixture: OutboundFixture) -> [SendRequest] {
    (fixture.waitingCourses() + fixture.recordedCourses()).flatMap(\.requests)
  }

  /// The first thing wrong when any of `answers` comes to any request, and how many more there are.
  private func first(
    _ fixture: OutboundFixture, _ answers: [GeneratedAnswer],
    _ problem: (OutboundCourse) -> String?
  ) -> [String] {
    var found: String?
    var more = 0
    for start in fixture.waitingCourses() {
      for answer in answers {
        guard let sentence = problem(fixture.course(start, answer)) else { continue }
        if found == nil {
          found = "\(sentence): after \(answer.title) to \(start.requests.last?.name ?? "nothing")"
        } else {
          more += 1
        }
      }
    }
    return found.map { [more == 0 ? $0 : "\($0), and \(more) more"] } ?? []
  }
}

extension SendOutcome {
  /// What is claimed without ground, whatever led to the outcome.
  fileprivate var falseClaim: String? {
    if case .accepted(let ids) = verdict {
      return ids.isEmpty || ids.contains(where: \.isEmpty)
        ? "is accepted without an id: no report could be told to be its" : nil
    }
    if case .retry(let after?, _) = verdict, after < 0 { return "is to be tried in the past" }
    return nil
  }

  /// What is wrong with the outcome of an answer that makes sense.
  fileprivate var problem: String? {
    if let falseClaim { return falseClaim }
    if case .accepted = verdict { return nil }
    guard let error, !error.code.isEmpty, !error.title.isEmpty, !error.errorClass.isEmpty else {
      return "is \(word) without a whole error: code, title and class"
    }
    return nil
  }
}
