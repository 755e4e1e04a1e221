import Testing

@testable import Gateway

/// A part that is missing or of another type must not cost more than itself.
@Suite struct TelegramToleranceTests {
  private static let seed: UInt64 = 20_261_005
  private static let changesPerFixture = 150
  private static let strangers: [JSON] = [
    nil, true, 0, -1, .integer(.max), .integer(.min), .number(1e300), "", "x", [], [[]], [nil],
    [:], ["id": "x"], ["id": 1],
  ]

  @Test(arguments: TelegramFixtures.names)
  func anyChangeIsReadOrUnreadable(_ name: String) throws {
    let seed = name.utf8.reduce(Self.seed) { $0 &* 31 &+ UInt64($1) }
    let random = SeededRandom(seed: seed)
    let provider = try TelegramFixtures.provider()
    let update = try TelegramFixtures.update(name)
    for turn in 0..<Self.changesPerFixture {
      var changed = update
      for _ in 0...random.below(3) { changed = mangled(changed, random) }
      let request = TelegramFixtures.request(changed)
      do throws(Unreadable) {
        let items = try provider.read(request)
        let comment: Comment = "seed \(seed), turn \(turn)"
        #expect(!items.isEmpty, comment)
        #expect(items.allSatisfy { !$0.key.isEmpty }, comment)
        #expect(Set(items.map(\.key)).count == items.count, comment)
        let shown = JSON.array(items.map(\.json)).serialized()
        #expect((try? JSON.parse(shown)) != nil, comment)
      } catch {
        // Only a body that is no update: everything within one is read.
        #expect(changed["update_id"]?.integer == nil, "seed \(seed), turn \(turn)")
      }
    }
  }

  /// The members a message cannot be without, besides what it says.
  private static let essential: Set<String> = ["message_id", "chat"]
  /// The members that say which message it is.
  private static let identifying: Set<String> = [
    "business_connection_id", "ephemeral_message_id",
  ]

  @Test(arguments: TelegramFixtures.names.filter { $0.contains("message.") })
  func aMessageOutlivesAnyOfItsOptionalParts(_ name: String) throws {
    let kind = String(name.prefix { $0 != "." })
    let items = try TelegramFixtures.read(name)
    guard let original = items.first, original.message != nil,
      let members = try TelegramFixtures.update(name)[kind]?.object
    else { return }
    for member in members
    where !Self.essential.contains(member.key) && isFrame(member.key) {
      for stranger in Self.strangers {
        let changed = try TelegramFixtures.read(name, in: kind) { $0[member.key] = stranger }
        #expect(
          changed.first?.message?.content.kind == original.message?.content.kind,
          "\(member.key): \(stranger)")
        // With another connection or number it is another message, but still one.
        if Self.identifying.contains(member.key) { continue }
        #expect(changed.map(\.key) == [original.key], "\(member.key): \(stranger)")
      }
    }
  }

  @Test func oneBadElementOfAListCostsOnlyItself() throws {
    let items = try TelegramFixtures.read("message.new_chat_members", in: "message") {
      $0["new_chat_members"] = [5, ["id": 5_550_001_112, "first_name": "Marko"], ["id": "x"]]
    }
    guard case .membership(let change)? = items.first?.fact else {
      Issue.record("no membership")
      return
    }
    #expect(change.joined.map(\.person.displayName) == ["Marko"])
  }

  @Test func sizesBeyondAllNumbersAreNoPhoto() throws {
    let content = try TelegramFixtures.read("message.photo", in: "message") {
      $0["photo"] = [
        ["file_id": "a", "width": .integer(.max), "height": .integer(.max), "file_size": -1],
        ["file_id": "b", "width": "90"],
      ]
    }.first?.message?.content
    #expect(content?.attachments.map(\.source) == ["file_id:a"])
    #expect(content?.attachments.first?.size == nil)
  }

  @Test func aPlaceThatIsNotOnEarthIsLeftOut() throws {
    let content = try TelegramFixtures.read("message.location", in: "message") {
      $0["location"] = ["latitude": 91, "longitude": 20]
    }.first?.message?.content
    #expect(content?.kind == .location)
    #expect(content?.location == nil)
  }

  @Test func nestingUpToTheParsersLimitIsFlattened() throws {
    var text: JSON = "deep"
    // The update, the message, rich_message, blocks and the block are levels too.
    for _ in 0..<(JSON.depthMax - 5) { text = [text] }
    let items = try TelegramFixtures.read("message.rich_message", in: "message") {
      $0["rich_message"] = ["blocks": [["type": "paragraph", "text": text]]]
    }
    #expect(items.first?.message?.content.text == "deep")
  }

  private func isFrame(_ name: String) -> Bool {
    TelegramServiceMessage.frame.contains(name)
  }

  /// The document with one value, anywhere in it, removed or replaced by one of another type.
  private func mangled(_ json: JSON, _ random: SeededRandom) -> JSON {
    switch json {
    case .object(var object):
      guard !object.isEmpty, random.below(8) > 0 else { break }
      let key = object.keys[random.below(object.count)]
      if random.below(4) == 0 {
        object[key] = nil
      } else {
        object[key] = object[key].map { mangled($0, random) }
      }
      return .object(object)
    case .array(var values):
      guard !values.isEmpty, random.below(8) > 0 else { break }
      let index = random.below(values.count)
      values[index] = mangled(values[index], random)
      return .array(values)
    default: break
    }
    return Self.strangers[random.below(Self.strangers.count)]
  }
}
