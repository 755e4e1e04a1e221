import Testing

@testable import Gateway

/// What providers tell of channels, accounts and templates.
@Suite struct HealthTests {
  private static func paused(_ reason: String = "The account is disabled") -> Fact {
    .health(HealthReport(state: .paused, reason: reason))
  }

  @Test func aChannelThatItsProviderSwitchedOffIsPausedAtOnce() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("number", accounts: ["100"])
    let woken = Monitor<Set<Wake>>([])
    test.store.database.onWake { wakes in woken.update { $0.formUnion(wakes) } }
    #expect(try test.tell("h1", Self.paused(), on: channel) == .stored(.processed))
    let row = try test.store.database.read { [test] in
      try $0.channel(channel.id, tenant: test.tenant.id, test.vault)
    }
    #expect(row?.state == .paused)
    let told = try test.told("channel.paused")
    #expect(told.count == 1)
    #expect(told.first?["reason"]?.string == "The account is disabled")
    #expect(told.first?["scope"]?.string == "channel")
    let wake = Wake.directory(channel.id)
    #expect(woken.wait { $0.contains(wake) ? true : nil })
    // Told again, or of one that does not send: nothing changes.
    #expect(try test.tell("h1", Self.paused(), on: channel) == .stored(.duplicate))
    try test.tell("h2", Self.paused(), on: channel)
    #expect(try test.told("channel.paused").count == 1)
    // Working again, a person has to resume it.
    try test.tell(
      "h3", .health(HealthReport(state: .recovered, reason: "Enabled again")), on: channel)
    #expect(try test.told("channel.recovered").count == 1)
    let after = try test.store.database.read { [test] in
      try $0.channel(channel.id, tenant: test.tenant.id, test.vault)
    }
    #expect(after?.state == .paused)
  }

  @Test func whoKeepsChannelsReadyFollowsThePause() throws {
    let test = try TestIngest()
    let entered = Monitor<Channel.State?>(nil)
    test.directory.onEnter { live in entered.update { $0 = live.channel.state } }
    let isPaused = try test.store.database.write { [id = test.telegram.id, acme = test.acme.id] in
      try $0.pause(id, tenant: acme)
    }
    #expect(isPaused)
    test.directory.refresh(test.telegram.id)
    #expect(test.directory[test.telegram.id]?.channel.state == .paused)
    #expect(entered.wait { $0 } == .paused)
    let foreign = try test.store.database.write { [id = test.foreign.id, acme = test.acme.id] in
      try $0.pause(id, tenant: acme)
    }
    #expect(!foreign)
  }

  @Test func whatHoldsForAnAccountHoldsForAllItsChannels() throws {
    let test = try ScriptedIngest()
    let first = try test.channel("one", accounts: ["100", "900"])
    let second = try test.channel("two", accounts: ["101", "900"])
    let other = try test.channel("three", accounts: ["102", "901"])
    try test.channel("page", provider: "messenger", accounts: ["900"])
    try test.tell("h1", Self.paused(), on: other, account: "900")
    let channels = try test.told("channel.paused").compactMap { $0["channel_id"]?.string }
    #expect(Set(channels) == [first.id.description, second.id.description])
    // The other channel's webhook tells the same.
    #expect(
      try test.tell("h1", Self.paused(), on: second, account: "900") == .stored(.duplicate))
    #expect(
      try test.tell("h2", Self.paused(), on: second, account: "999") == .stored(.unrouted))
    try test.tell(
      "h3", .health(HealthReport(state: .broken, scope: "quality", reason: "RED")), on: first,
      account: "101")
    #expect(
      try test.told("channel.broken").compactMap { $0["channel_id"]?.string }
        == [second.id.description])
  }

  @Test func aTemplateThatCanBeUsedNoMoreIsToldOfWithItsName() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel(
      "one", accounts: ["100", "900"], templateAccount: "900")
    try test.channel("two", accounts: ["101", "900"], templateAccount: "900")
    let account = TemplateAccount(
      tenant: test.tenant.id, provider: "whatsapp_cloud", account: "900")
    let synced = ProviderTemplate(
      providerID: "1", name: "order", language: "pt_BR", category: "UTILITY", status: "APPROVED",
      components: [["type": "BODY", "text": "Hi {{1}}"]])
    let turns = try test.store.database.write {
      try $0.replaceTemplates(of: account, with: [synced], asked: $0.now)
    }
    #expect(turns.isEmpty)
    let change: (String, (inout TemplateReport) -> Void) throws -> Void = { key, edit in
      var report = TemplateReport(name: "order", language: "pt_BR")
      edit(&report)
      let outcome = try test.tell(key, .template(report), on: channel, account: "900")
      #expect(outcome == .stored(.processed))
    }
    try change("t1") {
      $0.status = "PAUSED"
      $0.reason = "Low quality"
    }
    let broken = try test.told("channel.broken")
    #expect(broken.count == 2)
    #expect(broken.first?["scope"]?.string == "template:order/pt_BR")
    #expect(broken.first?["reason"]?.string == "PAUSED: Low quality")
    try change("t2") { $0.status = "DISABLED" }
    try change("t3") { $0.quality = "RED" }
    try change("t4") { $0.category = "MARKETING" }
    #expect(try test.told("channel.broken").count == 2)
    try change("t5") { $0.status = "APPROVED" }
    #expect(try test.told("channel.recovered").count == 2)
    let stored = try test.store.database.read {
      try $0.providerTemplate("order", language: "pt_BR", of: account)
    }
    #expect(stored?.quality == "RED")
    #expect(stored?.template.category == "MARKETING")
    #expect(stored?.template.purpose == .marketing)
    #expect(stored?.template.components == synced.components)
    #expect(stored?.template.isUsable == true)
  }

  @Test func aTemplateThatWasNeverSyncedIsKeptWithWhatIsTold() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("one", accounts: ["100", "900"], templateAccount: "900")
    for (index, (status, count)) in [("PENDING", 0), ("REJECTED", 0), ("PAUSED", 0)].enumerated() {
      var report = TemplateReport(name: "new", language: "en")
      report.status = status
      try test.tell("t\(index)", .template(report), on: channel, account: "900")
      #expect(try test.told("channel.broken").count == count, "\(status)")
    }
    var report = TemplateReport(name: "other", language: "en")
    report.status = "PAUSED"
    try test.tell("t9", .template(report), on: channel, account: "900")
    #expect(try test.told("channel.broken").count == 1)
    let account = TemplateAccount(
      tenant: test.tenant.id, provider: "whatsapp_cloud", account: "900")
    let all = try test.store.database.read { try $0.providerTemplates(of: account) }
    #expect(all.map(\.template.name) == ["new", "other"])
    #expect(all.allSatisfy { $0.template.components == [] })
  }

  @Test func whatOnlyGotAQualityIsUsableByTheListThatWasUnderWay() throws {
    let test = try ScriptedIngest()
    let account = TemplateAccount(
      tenant: test.tenant.id, provider: "whatsapp_cloud", account: "900")
    let asked = test.store.clock.now()
    test.store.clock.advance(milliseconds: 1000)
    var report = TemplateReport(name: "a", language: "en")
    report.quality = "GREEN"
    let turns = try test.store.database.write { [report] transaction in
      _ = try transaction.change(report, of: account)
      let listed = ProviderTemplate(name: "a", language: "en", status: "APPROVED", components: [])
      return try transaction.replaceTemplates(of: account, with: [listed], asked: asked)
    }
    #expect(turns.isEmpty)
    let stored = try test.store.database.read {
      try $0.providerTemplate("a", language: "en", of: account)
    }
    #expect(stored?.template.status == "APPROVED" && stored?.quality == "GREEN")
  }

  @Test func aListReplacesWhatItDoesNotNameUnlessToldSince() throws {
    let test = try ScriptedIngest()
    let account = TemplateAccount(
      tenant: test.tenant.id, provider: "whatsapp_cloud", account: "900")
    let stranger = TemplateAccount(
      tenant: test.tenant.id, provider: "whatsapp_cloud", account: "901")
    let make: (String, String) -> ProviderTemplate = {
      ProviderTemplate(name: $0, language: "en", status: $1, components: [["type": "BODY"]])
    }
    let clock = test.store.clock
    let replace: ([ProviderTemplate], Instant, TemplateAccount) throws -> [TemplateTurn] = {
      list, asked, account in
      try test.store.database.write {
        try $0.replaceTemplates(of: account, with: list, asked: asked)
      }
    }
    _ = try replace([make("x", "APPROVED")], clock.now(), stranger)
    _ = try replace(
      [make("a", "APPROVED"), make("b", "APPROVED"), make("c", "PAUSED")], clock.now(), account)
    clock.advance(milliseconds: 60_000)
    let asked = clock.now()
    clock.advance(milliseconds: 1000)
    // While the list is read, one is paused and one is new.
    for (name, status) in [("a", "PAUSED"), ("d", "APPROVED")] {
      var report = TemplateReport(name: name, language: "en")
      report.status = status
      let told = report
      _ = try test.store.database.write { try $0.change(told, of: account) }
    }
    let turns = try replace([make("a", "APPROVED"), make("c", "APPROVED")], asked, account)
    #expect(
      turns.map { "\($0.name) \($0.isUsable)" } == ["b false", "c true"])
    let all = try test.store.database.read { try $0.providerTemplates(of: account) }
    #expect(
      all.map { "\($0.template.name) \($0.template.status)" } == [
        "a PAUSED", "c APPROVED", "d APPROVED",
      ])
    #expect(try test.store.database.read { try $0.providerTemplates(of: stranger).count } == 1)
  }
}
