import Testing

@testable import Gateway

/// Reports of our messages, and how the number and its account stand.
@Suite struct WhatsAppNewsTests {
  private func failed(_ code: Int64) throws -> [Item] {
    try WhatsAppFixtures.read(
      field: "messages",
      [
        "statuses": [
          [
            "id": "wamid.A", "status": "failed", "timestamp": "1791210005",
            "recipient_id": "5511987654321",
            "errors": [["code": .integer(code), "title": "T", "error_data": ["details": "D"]]],
          ]
        ]
      ])
  }

  @Test(
    arguments: [
      (131026, "unreachable", .undeliverable), (131047, "window", .failed),
      (131049, "marketing_limit", .failed), (131048, "marketing_limit", .failed),
      (131056, "pair_limit", .failed), (130429, "throughput", .failed),
      (190, "credentials", .failed),
      (200, "credentials", .failed), (299, "credentials", .failed), (300, "permanent", .failed),
      (131053, "media", .failed), (132015, "template", .failed), (131042, "account", .failed),
      (131000, "retry", .failed), (131050, "opted_out", .failed), (999_999, "permanent", .failed),
    ] as [(Int64, String, MessageStatus)])
  func judgesAFailureByItsCode(_ code: Int64, _ errorClass: String, _ status: MessageStatus) throws
  {
    let report = try #require(try failed(code).first?.status)
    #expect(report.status == status)
    #expect(report.error?.errorClass == errorClass)
    #expect(report.error?.code == "\(code)")
    #expect(report.error?.detail == "D")
    #expect(report.error?.title.isEmpty == false)
  }

  @Test func pausesOnlyAdvertisements() throws {
    #expect(
      try failed(131048).first?.status?.marketingPause
        == MarketingPause(.channel, milliseconds: 21_600_000))
    #expect(
      try failed(131049).first?.status?.marketingPause
        == MarketingPause(.recipient, milliseconds: 86_400_000))
    #expect(try failed(131056).first?.status?.marketingPause == nil)
  }

  @Test func everyCodeHasOneClassAndATitle() {
    var seen: Set<Int64> = []
    for (name, codes) in WhatsAppErrors.classes {
      for (code, title) in codes {
        #expect(seen.insert(code).inserted, "\(code)")
        #expect(!title.isEmpty && !title.hasSuffix("."))
        let error = WhatsAppErrors.error(code: code, title: "x", detail: nil)
        #expect(error.errorClass == name && error.title == title)
      }
    }
    #expect(seen.count > 50)
    #expect(WhatsAppErrors.error(code: 7, title: "Their words", detail: nil).title == "Their words")
  }

  @Test func whoWantsNoAdvertisementsIsOptedOutOfThoseAlone() throws {
    for items in [try failed(131050), try WhatsAppFixtures.read("user_preferences.stop")] {
      let wish = try #require(items.compactMap(\.preference).first)
      #expect(wish.choice == .optedOut)
      #expect(wish.purpose == .marketing)
      #expect(wish.source == "provider")
      #expect(wish.person.addresses.last?.value == "+5511987654321")
    }
    let back = try WhatsAppFixtures.read("user_preferences.resume")
    #expect(back.compactMap(\.preference).map(\.choice) == [.optedIn])
    #expect(try WhatsAppFixtures.read("user_preferences.signup").compactMap(\.preference).isEmpty)
  }

  @Test func namesOurOwnIdAndNobodyElses() throws {
    let ours = try WhatsAppFixtures.read("status/statuses.sent.ours").first?.status
    #expect(ours?.ourID == "msg_01JD8Z3V9Q4N7B2M5K6T8X0YCW.1")
    let theirs = try WhatsAppFixtures.read("status/statuses.sent").first?.status
    #expect(theirs?.ourID == nil)
  }

  @Test func tellsParticipantsOfAGroupApart() throws {
    let key = try WhatsAppFixtures.read("status/statuses.delivered.group").first?.key
    #expect(key?.hasSuffix(":delivered:BR.1029384756610293847566") == true)
  }

  @Test func newsOfTheAccountAreForTheAccount() throws {
    let expected: [(String, HealthReport.State, String)] = [
      ("account_update.disabled", .paused, "channel"),
      ("account_update.reinstated", .recovered, "channel"),
      ("account_update.violation", .broken, "channel"),
      ("account_update.restriction", .broken, "channel"),
      ("account_update.restriction_of_all", .paused, "channel"),
      ("account_update.deleted", .paused, "channel"),
      ("account_update.partner_removed", .paused, "channel"),
      ("account_review_update.rejected", .broken, "review"),
      ("phone_number_quality_update.flagged", .broken, "quality"),
      ("phone_number_quality_update.unflagged", .recovered, "quality"),
      ("phone_number_name_update.rejected", .broken, "name"),
    ]
    for (name, state, scope) in expected {
      let item = try #require(try WhatsAppFixtures.read(name).first)
      #expect(item.account == "203344556677889", "\(name)")
      #expect(item.health?.state == state && item.health?.scope == scope, "\(name)")
      #expect(item.health?.reason.isEmpty == false)
    }
    #expect(try WhatsAppFixtures.read("account_alerts").first?.account == "118899001122334")
    #expect(try WhatsAppFixtures.read("messages.errors").first?.health?.scope == "throughput")
  }

  @Test func theSameNewsOfAnotherDayIsAnotherNews() throws {
    let value: JSON = ["event": "FLAGGED", "display_phone_number": "14155550123"]
    func key(_ time: JSON) throws -> String? {
      try WhatsAppFixtures.read(field: "phone_number_quality_update", value, time: time).first?.key
    }
    #expect(try key(1_791_210_000) == key(1_791_210_000))
    #expect(try key(1_791_210_000) != key(1_791_296_400))
  }

  @Test func tellsWhatChangedOfATemplate() throws {
    func report(_ name: String) throws -> TemplateReport? {
      guard case .template(let report)? = try WhatsAppFixtures.read(name).first?.fact else {
        return nil
      }
      return report
    }
    let paused = try #require(try report("message_template_status_update.paused"))
    #expect(paused.providerID == "594425479261596")
    #expect(paused.status == "PAUSED")
    #expect(paused.reason == "Your WhatsApp message template has been paused for 3 hours.")
    #expect(try report("message_template_status_update.approved")?.reason == nil)
    #expect(try report("message_template_status_update.reinstated")?.status == "APPROVED")
    #expect(try report("message_template_status_update.flagged")?.status == nil)
    #expect(try report("message_template_quality_update")?.quality == "YELLOW")
    #expect(try report("template_category_update")?.category == "MARKETING")
  }
}
