/// How the sending of one part went: what was asked, what came back, what came of it.
struct OutboundCourse: Sendable {
  /// The part.
  let part: MessagePart
  /// The requests in order; the last may be without an answer.
  fileprivate(set) var requests: [SendRequest] = []
  /// The answers, with the names of their requests.
  fileprivate(set) var steps: [CompletedStep] = []
  /// What came of it; `nil` when the answers or the steps ran out.
  fileprivate(set) var outcome: SendOutcome?

  /// Whether it was sent, or tried, again after an answer that leaves open whether it was sent.
  var isRepeatedBlindly: Bool {
    guard
      let doubt = zip(requests, steps).enumerated().first(where: {
        $0.element.0.sends && $0.element.1.reply.leavesInDoubt
      })
    else { return false }
    if requests.dropFirst(doubt.offset + 1).contains(where: \.sends) { return true }
    if case .retry? = outcome?.verdict { return true }
    return false
  }
}

extension SendReply {
  /// Whether nobody can know from it that the message was not taken. A 5xx with an error code of
  /// the provider may say so; one from a proxy in between says nothing.
  fileprivate var leavesInDoubt: Bool {
    switch self {
    case .failure(let failure): failure.mayHaveArrived
    case .response(let response):
      (500...599).contains(response.status)
        && (response.body.isEmpty || response.headers.mediaType == "text/html")
    case .noFile: false
    }
  }
}

extension OutboundFixture {
  /// How a recorded case goes.
  func course(_ part: MessagePart, _ recorded: Case) -> OutboundCourse {
    course(OutboundCourse(part: part)) { request, index in
      index < recorded.answers.count ? recorded.answers[index].reply(to: request) : nil
    }
  }

  /// How it goes on when every request from here gets the same kind of answer.
  func course(_ start: OutboundCourse, _ answer: GeneratedAnswer) -> OutboundCourse {
    course(start) { request, _ in answer.reply(request) }
  }

  /// The courses that wait for an answer: each part's at its first request, and the first part's
  /// after every row of recorded answers.
  func waitingCourses() -> [OutboundCourse] {
    guard let parts = try? parts() else { return [] }
    var found = parts.map { part in course(OutboundCourse(part: part)) { _, _ in nil } }
    if let first = parts.first {
      for recorded in cases {
        for count in recorded.answers.indices.dropFirst() {
          let row = Case(name: recorded.name, answers: Array(recorded.answers.prefix(count)))
          let waiting = course(first, row)
          if !found.contains(where: { $0.part == first && $0.steps == waiting.steps }) {
            found.append(waiting)
          }
        }
        let whole = course(first, recorded)
        if !found.contains(where: { $0.part == first && $0.steps == whole.steps }) {
          found.append(whole)
        }
      }
    }
    return found.filter { $0.outcome == nil }
  }

  /// How the first part's recorded cases end.
  func recordedCourses() -> [OutboundCourse] {
    guard let part = (try? parts())?.first else { return [] }
    return cases.map { course(part, $0) }
  }

  private func course(
    _ start: OutboundCourse, _ answer: (SendRequest, _ index: Int) -> SendReply?
  ) -> OutboundCourse {
    var course = start
    while true {
      if course.requests.count == course.steps.count {
        switch transport.next(course.part, of: message, after: course.steps) {
        case .outcome(let outcome):
          course.outcome = outcome
          return course
        case .request(let request):
          // One more than the dispatcher makes: so it shows that there is no end.
          course.requests.append(request)
          if course.steps.count >= MessagePart.stepsMax { return course }
        }
      }
      guard let request = course.requests.last, let reply = answer(request, course.steps.count)
      else { return course }
      course.steps.append(CompletedStep(request.name, reply))
    }
  }
}
