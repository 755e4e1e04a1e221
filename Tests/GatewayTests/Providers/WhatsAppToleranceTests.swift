import Testing

@testable import Gateway

/// A part that is missing or of another type must not cost more than itself.
@Suite struct WhatsAppToleranceTests {
  private static let seed: UInt64 = 20_261_006
  private static let changesPerFixture = 60
  private static let strangers: [JSON] = [
    nil, true, 0, -1, .integer(.max), .integer(.min), .number(1e300), "", "x", [], [[]], [nil],
    [:], ["id": "x"], ["id": 1],
  ]

  @Test(arguments: WhatsAppFixtures.names)
  func anyChangeIsReadOrUnreadable(_ name: String) throws {
    let seed = name.utf8.reduce(Self.seed) { $0 &* 31 &+ UInt64($1) }
    let random = SeededRandom(seed: seed)
    let post = try WhatsAppFixtures.post(name)
    for turn in 0..<Self.changesPerFixture {
      var changed = post
      for _ in 0...random.below(3) { changed = mangled(changed, random) }
      let comment: Comment = "seed \(seed), turn \(turn)"
      let provider = try WhatsAppFixtures.provider()
      do throws(Unreadable) {
        let items = try provider.read(WhatsAppFixtures.request(changed))
        #expect(items.allSatisfy { !$0.key.isEmpty }, comment)
        let names = items.map { "\($0.key) \($0.account ?? "")" }
        #expect(Set(names).count == items.count, comment)
        let shown = JSON.array(items.map(\.json)).serialized()
        #expect((try? JSON.parse(shown)) != nil, comment)
        let times = items.compactMap(\.occurredAt)
        #expect(times == times.sorted(), comment)
        // Nothing is passed over in silence.
        if Self.holdsSomething(changed) { #expect(!items.isEmpty, comment) }
      } catch {
        // Only a body without entries: everything within one is read.
        #expect(changed["entry"]?.array == nil, comment)
      }
    }
  }

  /// Members that a message can be without.
  private static let optional = [
    "from", "from_user_id", "timestamp", "context", "referral", "errors", "group_id", "origin",
  ]

  @Test(arguments: WhatsAppFixtures.names.filter { $0.hasPrefix("inbound/messages.text") })
  func aMessageOutlivesAnyOfItsOptionalParts(_ name: String) throws {
    let original = try #require(try WhatsAppFixtures.read(name).first)
    guard original.message != nil else { return }
    for member in Self.optional {
      for stranger in Self.strangers {
        let post = replacing(member, with: stranger, in: try WhatsAppFixtures.post(name))
        let changed = try WhatsAppFixtures.read(post)
        let comment: Comment = "\(member): \(stranger)"
        #expect(changed.contains { $0.key == original.key && $0.message != nil }, comment)
      }
    }
  }

  @Test func onePoisonedUpdateOfAThousandCostsOnlyItself() throws {
    var messages: [JSON] = (0..<1000).map { number in
      [
        "from": .string("55119\(10_000_000 + number)"), "id": .string("wamid.\(number)"),
        "timestamp": .string("\(1_791_210_000 + number)"), "type": "text",
        "text": ["body": .string(String(repeating: "a", count: 2500))],
      ]
    }
    messages[417] = ["id": ["wamid"], "type": "text", "text": 7]
    let value: JSON = [
      "metadata": ["phone_number_id": "118899001122334"], "messages": .array(messages),
    ]
    let items = try WhatsAppFixtures.read(field: "messages", value)
    #expect(items.compactMap(\.message).count == 999)
    #expect(items.compactMap(\.unrecognisedKind) == ["messages.text"])
    #expect(try WhatsAppFixtures.read(field: "messages", value) == items)
  }

  @Test(arguments: ["", "{", "[]", "null", "7", "{}", #"{"object":"whatsapp_business_account"}"#])
  func refusesWhatIsNoPost(_ body: String) throws {
    let provider = try WhatsAppFixtures.provider()
    let request = HTTPRequest(method: "POST", target: "/", body: Array(body.utf8))
    #expect(throws: Unreadable.self) { try provider.read(request) }
  }

  @Test func keepsAPostOfAnotherProduct() throws {
    let items = try WhatsAppFixtures.read(["object": "page", "entry": [["id": "1"]]])
    #expect(items.compactMap(\.unrecognisedKind) == ["object.page"])
  }

  @Test func answersOfAFormThatAreTooDeepStayText() throws {
    let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    for (text, isText) in [(deep, true), ("no json", true), (#"{"day":"sat"}"#, false)] {
      let items = try WhatsAppFixtures.read(message: [
        "type": "interactive",
        "interactive": ["type": "nfm_reply", "nfm_reply": ["response_json": .string(text)]],
      ])
      let form = items.first?.message?.content.details["form"]
      #expect((form?["response"]?.string == text) == isText)
    }
  }

  /// Whether a post has an entry with a change.
  private static func holdsSomething(_ post: JSON) -> Bool {
    (post["entry"]?.array ?? []).contains { $0["changes"]?.array?.isEmpty == false }
  }

  /// The document with that member of its first message replaced.
  private func replacing(_ member: String, with value: JSON, in post: JSON) -> JSON {
    change(["entry", "0", "changes", "0", "value", "messages", "0", member], to: value, in: post)
  }

  private func change(_ path: [String], to value: JSON, in json: JSON) -> JSON {
    guard let step = path.first else { return value }
    let rest = Array(path.dropFirst())
    switch json {
    case .object(var object):
      object[step] = change(rest, to: value, in: object[step] ?? .null)
      return .object(object)
    case .array(var values):
      guard let index = Int(step), values.indices.contains(index) else { return json }
      values[index] = change(rest, to: value, in: values[index])
      return .array(values)
    default: return json
    }
  }

  /// The document with one value, anywhere in it, removed or replaced by one of another type.
  private func mangled(_ json: JSON, _ random: SeededRandom) -> JSON {
    switch json {
    case .object(var object):
      guard !object.isEmpty, random.below(12) > 0 else { break }
      let key = object.keys[random.below(object.count)]
      if random.below(4) == 0 {
        object[key] = nil
      } else {
        object[key] = object[key].map { mangled($0, random) }
      }
      return .object(object)
    case .array(var values):
      guard !values.isEmpty, random.below(12) > 0 else { break }
      let index = random.below(values.count)
      values[index] = mangled(values[index], random)
      return .array(values)
    default: break
    }
    return Self.strangers[random.below(Self.strangers.count)]
  }
}
