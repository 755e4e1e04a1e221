/// What is asked of every provider, for every recorded request.
package enum ContractCheck: String, CaseIterable, Sendable {
  /// A genuine request is found genuine.
  case verifies
  /// What is read equals the golden file.
  case readsAsRecorded = "reads_as_recorded"
  /// Reading again gives the same, under keys that tell the items apart.
  case readsTheSameTwice = "reads_the_same_twice"
  /// Without its own headers the request is refused.
  case refusesUnsigned = "refuses_unsigned"
  /// A channel with another secret refuses the request.
  case refusesOtherSecret = "refuses_other_secret"
  /// A request cut short or changed in any byte is refused.
  case refusesTampered = "refuses_tampered"
  /// A request that is not genuine is refused.
  case refusesRejected = "refuses_rejected"
  /// Nonsense neither stops the program nor makes items without a key.
  case survivesNonsense = "survives_nonsense"
  /// Every outcome has an answer the provider understands.
  case answers
  /// No secret appears in anything that is logged, stored in the clear or sent.
  case keepsSecrets = "keeps_secrets"

  /// Whether the check says anything about requests of that kind.
  package func applies(to kind: Fixture.Kind) -> Bool {
    switch self {
    case .survivesNonsense, .answers, .keepsSecrets: true
    case .refusesRejected: kind == .rejected
    case .verifies, .readsAsRecorded, .readsTheSameTwice, .refusesUnsigned, .refusesOtherSecret,
      .refusesTampered:
      kind != .rejected
    }
  }

  /// What is wrong, one sentence each.
  func problems(_ fixture: Fixture) -> [String] {
    switch self {
    case .verifies: verifies(fixture)
    case .readsAsRecorded: readsAsRecorded(fixture)
    case .readsTheSameTwice: readsTheSameTwice(fixture)
    case .refusesUnsigned: refusesUnsigned(fixture)
    case .refusesOtherSecret: refusesOtherSecret(fixture)
    case .refusesTampered: Tampering.problems(fixture)
    case .refusesRejected:
      fixture.isVerified(fixture.request) ? ["is found genuine, but must be refused"] : []
    case .survivesNonsense: survivesNonsense(fixture)
    case .answers: answers(fixture)
    case .keepsSecrets: SecretLeaks.problems(fixture)
    }
  }

  private func verifies(_ fixture: Fixture) -> [String] {
    var problems: [String] = []
    if case .refused(let reason) = fixture.verification(fixture.request) {
      problems.append("is refused (\(reason)), but is genuine")
    }
    let limit = type(of: fixture.channel.provider).bodyBytesMax
    if fixture.request.body.count > limit {
      problems.append("is larger than bodyBytesMax, \(limit): the daemon would answer 413")
    }
    return problems
  }

  private func readsAsRecorded(_ fixture: Fixture) -> [String] {
    let actual: JSON
    do throws(Unreadable) {
      actual = .array(try fixture.channel.provider.read(fixture.request).map(\.json))
    } catch {
      return ["cannot be read: \(error)"]
    }
    guard let bytes = try? File.read(fixture.goldenFile) else {
      return ["has no golden file: write the goldens, and read what was written"]
    }
    do throws(JSONError) {
      let expected = try JSON.parse(bytes)
      return JSONDifference.first(expected: expected, actual: actual).map { [$0] } ?? []
    } catch {
      return ["has a golden file that is not JSON: \(error)"]
    }
  }

  private func readsTheSameTwice(_ fixture: Fixture) -> [String] {
    let provider = fixture.channel.provider
    guard let first = try? provider.read(fixture.request) else { return [] }
    var problems: [String] = []
    // Between the two, another request: a provider keeps nothing from one to the next.
    var other = fixture.request
    other.body = Array(other.body.reversed())
    _ = try? provider.read(other)
    let second = try? provider.read(fixture.request)
    if second?.map(\.key) != first.map(\.key) {
      problems.append("gives other keys when read again: the same thing would be stored twice")
    } else if second != first {
      problems.append("gives something else when read again: read must depend on bytes alone")
    }
    if Set(first.map(\.key)).count < first.count {
      problems.append("has two items under one key: the second would be lost as a repetition")
    }
    if first.contains(where: \.key.isEmpty) { problems.append("has an item without a key") }
    return problems
  }

  private func refusesUnsigned(_ fixture: Fixture) -> [String] {
    var request = fixture.request
    request.headers = request.headers.filtered { Fixture.isStandardHeader($0.name) }
    if !fixture.isVerified(request) { return [] }
    return ["is found genuine without the provider's own headers"]
  }

  private func refusesOtherSecret(_ fixture: Fixture) -> [String] {
    guard let impostor = fixture.channel.impostor else {
      return [
        "cannot be tried with another secret: no variation of the secret settings is accepted; "
          + "give channel.json valid \"other_settings\""
      ]
    }
    let verification = impostor.verify(
      fixture.request, publicURL: fixture.channel.publicURL, now: fixture.channel.now)
    guard case .verified = verification else { return [] }
    return ["is found genuine by a channel with another secret"]
  }

  private func survivesNonsense(_ fixture: Fixture) -> [String] {
    let provider = fixture.channel.provider
    for nonsense in Nonsense.requests(like: fixture.request, salt: fixture.path) {
      // Neither may stop the program: strangers can send all of this, signed or not.
      _ = fixture.verification(nonsense)
      do throws(Unreadable) {
        let items = try provider.read(nonsense)
        if items.contains(where: \.key.isEmpty) {
          return ["reads nonsense as an item without a key"]
        }
      } catch {
        if error.description.isEmpty { return ["finds nonsense unreadable without saying why"] }
      }
    }
    return []
  }

  private func answers(_ fixture: Fixture) -> [String] {
    var empty = fixture.request
    empty.body = []
    return WebhookOutcome.all.flatMap { outcome in
      [fixture.request, empty].compactMap { request in
        let status = fixture.channel.provider.answer(outcome, to: request).status
        return outcome.statuses.contains(status)
          ? nil
          : "answers \(status) to \(outcome), expected \(outcome.statuses.shown)"
      }
    }
  }
}

extension Fixture {
  /// What the provider makes of `request` on this fixture's channel.
  func verification(_ request: HTTPRequest) -> Verification {
    channel.provider.verify(request, publicURL: channel.publicURL, now: channel.now)
  }

  /// Whether the provider finds `request` genuine.
  func isVerified(_ request: HTTPRequest) -> Bool {
    if case .verified = verification(request) { true } else { false }
  }

  /// Headers that any client sends: no provider proves itself by them.
  static func isStandardHeader(_ name: String) -> Bool {
    ["host", "content-type", "content-length"].contains { HTTPHeaders.sameName($0, name) }
  }
}

extension WebhookOutcome {
  /// Every outcome there is.
  static let all = ReceiptState.allCases.map(WebhookOutcome.stored) + [.unavailable, .disabled]

  /// The statuses that tell a provider this outcome.
  var statuses: ClosedRange<Int> {
    switch self {
    case .stored(.quarantined): 403...403
    case .stored: 200...299
    case .unavailable: 503...503
    case .disabled: 400...499
    }
  }
}

extension ClosedRange<Int> {
  fileprivate var shown: String {
    lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound) to \(upperBound)"
  }
}

extension HTTPHeaders {
  /// The fields for which `isIncluded` says true, in order.
  func filtered(_ isIncluded: (Field) -> Bool) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for field in fields where isIncluded(field) { headers.add(field.name, field.value) }
    return headers
  }
}
