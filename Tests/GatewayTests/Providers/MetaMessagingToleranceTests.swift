import Testing

@testable import Gateway

/// A part that is missing or of another type must not cost more than itself.
@Suite struct MetaMessagingToleranceTests {
  private static let seed: UInt64 = 20_261_006
  private static let changesPerFixture = 100
  private static let strangers: [JSON] = [
    nil, true, 0, -1, .integer(.max), .integer(.min), .number(1e300), "", "x", [], [[]], [nil],
    [:], ["id": "x"], ["id": 1],
  ]

  @Test(arguments: MetaMessagingFixtures.all)
  func anyChangeIsReadOrUnreadable(_ fixture: MetaMessagingFixtures) throws {
    let seed = fixture.testDescription.utf8.reduce(Self.seed) { $0 &* 31 &+ UInt64($1) }
    let random = SeededRandom(seed: seed)
    let document = try JSON.parse(try fixture.request().body)
    for turn in 0..<Self.changesPerFixture {
      var changed = document
      for _ in 0...random.below(3) { changed = mangled(changed, random) }
      let comment: Comment = "seed \(seed), turn \(turn)"
      do throws(Unreadable) {
        let items = try fixture.read(changed)
        #expect(items.allSatisfy { !$0.key.isEmpty }, comment)
        #expect(Set(items.map(\.key)).count == items.count, comment)
        #expect(try fixture.read(changed) == items, comment)
        let shown = JSON.array(items.map(\.json)).serialized()
        #expect((try? JSON.parse(shown)) != nil, comment)
      } catch {
        #expect(changed.object == nil, comment)
      }
    }
  }

  @Test(arguments: MetaMessagingFixtures.all.filter { $0.name != "unknown.object" })
  func oneBadElementCostsOnlyItself(_ fixture: MetaMessagingFixtures) throws {
    let document = try JSON.parse(try fixture.request().body)
    let sound = try fixture.read(document)
    guard var post = document.object, let entries = post["entry"]?.array else { return }
    for stranger in Self.strangers {
      post["entry"] = .array(
        entries.map { entry in
          guard var members = entry.object else { return entry }
          for list in ["messaging", "standby", "changes"] {
            guard let elements = members[list]?.array else { continue }
            members[list] = .array([stranger] + elements)
          }
          return .object(members)
        } + [stranger])
      let items = try fixture.read(.object(post))
      let others = items.filter { item in !sound.contains { $0.key == item.key } }
      #expect(
        items.filter { item in sound.contains { $0.key == item.key } } == sound, "\(stranger)")
      #expect(
        others.allSatisfy { if case .unrecognised = $0.fact { true } else { false } },
        "\(stranger)")
      #expect(!others.isEmpty)
    }
  }

  @Test(arguments: MetaMessagingFixtures.all)
  func factsOutliveTheFrameOfTheirEntry(_ fixture: MetaMessagingFixtures) throws {
    let document = try JSON.parse(try fixture.request().body)
    let sound = try fixture.read(document)
    guard var post = document.object, let entries = post["entry"]?.array else { return }
    // Changes have no id of their own: theirs is of the account and what was said.
    guard !fixture.name.hasPrefix("changes."), !fixture.name.hasPrefix("unknown.") else { return }
    for name in ["id", "time", "hologram"] {
      for stranger in Self.strangers {
        post["entry"] = .array(
          entries.map { entry in
            guard var members = entry.object else { return entry }
            members[name] = stranger
            return .object(members)
          })
        let items = try fixture.read(.object(post))
        #expect(items.map(\.key) == sound.map(\.key), "\(name): \(stranger)")
        #expect(items.map(\.fact) == sound.map(\.fact), "\(name): \(stranger)")
      }
    }
  }

  @Test func aPlaceThatIsNotOnEarthIsLeftOut() throws {
    let items = try MetaMessagingFixtures.readOnPage([
      "message": [
        "mid": "m1",
        "attachments": [
          ["type": "location", "payload": ["coordinates": ["lat": 91, "long": 20]]]
        ],
      ]
    ])
    #expect(items.first?.message?.content.kind == .location)
    #expect(items.first?.message?.content.location == nil)
  }

  @Test func newsOfTwoAccountsInOnePostAreTwo() throws {
    let entries: [JSON] = ["104000111222333", "104000111222444"].map { account in
      [
        "id": .string(account), "time": 1_791_210_000_000,
        "messaging": [
          [
            "recipient": ["id": .string(account)], "timestamp": 1_791_210_000_000,
            "policy_enforcement": ["action": "block", "reason": "Spam."],
          ]
        ],
      ]
    }
    let post = MetaMessagingFixtures.request([
      "object": "page", "entry": .array(entries + entries),
    ])
    let items = try MetaMessagingFixtures.messenger().read(post)
    #expect(items.map(\.account) == ["104000111222333", "104000111222444"])
    #expect(Set(items.map(\.key)).count == 1)
  }

  @Test(arguments: ["share", "image"])
  func aMessageOfThousandsOfFilesIsReadInNoTime(_ type: String) throws {
    let files: [JSON] = (0..<50_000).map {
      ["type": .string(type), "payload": ["sticker_id": JSON($0)]]
    }
    let items = try MetaMessagingFixtures.read([
      "message": ["mid": "m1", "attachments": .array(files)]
    ])
    let content = try #require(items.first?.message?.content)
    let count = content.attachments.count + (content.details["shares"]?.array?.count ?? 0)
    #expect(count == MetaMessagingContent.attachmentsMax)
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
