import Testing

@testable import Gateway

/// What every store promises. One suite for all of them; today there is one.
@Suite struct StoreConformanceTests {
  private struct Refused: Error {}

  @Test func aFailedJobIsUndoneAloneAndTheOthersOfItsCommitStay() throws {
    let test = try TestDatabase()
    let outcomes = Monitor<[String: Bool]>([:])
    for name in ["one", "two", "three", "four"] {
      test.database.submit { transaction -> Void in
        _ = try transaction.addTenant(named: name)
        if name == "three" { throw Refused() }
      } completion: { result in
        outcomes.update { $0[name] = (try? result.get()) != nil }
      }
    }
    let heard = outcomes.wait { $0.count == 4 ? $0 : nil }
    #expect(heard == ["one": true, "two": true, "three": false, "four": true])
    try test.reopen()
    let names = try test.database.read { try $0.tenants().map(\.name) }
    #expect(names == ["one", "two", "four"])
  }

  @Test func whatWasReportedDoneIsThereAfterReopening() throws {
    let test = try TestDatabase()
    let tenant = try test.database.write { try $0.addTenant(named: "kept") }
    let stranger = try test.stranger()
    #expect(try stranger.tenant(named: "kept") == tenant)
  }

  @Test func takenNamesAreAConflictAndNothingElse() throws {
    let test = try TestDatabase()
    _ = try test.database.write { try $0.addTenant(named: "acme") }
    let error = #expect(throws: StoreError.self) {
      _ = try test.database.write { try $0.addTenant(named: "acme") }
    }
    #expect(error?.decision == .conflict)
  }

  @Test func aFullDiskRefusesEverythingAndRecoversWithoutReopening() throws {
    let test = try TestDatabase()
    let tenant = try test.database.write { try $0.addTenant(named: "acme") }
    let big = [UInt8](repeating: 65, count: 200_000)
    let fill: @Sendable (Transaction) throws -> Void = { transaction in
      try transaction.append("test.filled", tenant: tenant.id, .init(), data: big)
    }
    try test.database.write { try $0.connection.limitPages(80) }
    let error = #expect(throws: StoreError.self) {
      for _ in 0..<20 { try test.database.write(fill) }
    }
    #expect(error?.decision == .later)
    let before = try test.database.read { try $0.lastEventSequence(of: tenant.id) }
    try test.database.write { try $0.connection.limitPages(1_000_000) }
    try test.database.write(fill)
    let events = try test.database.read { try $0.events(of: tenant.id, after: 0, limit: 100) }
    #expect(events.map(\.sequence) == Array(1...(before + 1)))
  }

  @Test func aLockHeldByAnotherProcessIsForLaterAndThenGoesOn() throws {
    let test = try TestDatabase()
    let stranger = try test.stranger()
    try stranger.run("BEGIN IMMEDIATE")
    let error = #expect(throws: StoreError.self) {
      _ = try test.database.write { try $0.addTenant(named: "blocked") }
    }
    #expect(error?.decision == .later)
    try stranger.run("COMMIT")
    _ = try test.database.write { try $0.addTenant(named: "free") }
    #expect(try test.database.read { try $0.tenants().map(\.name) } == ["free"])
  }

  @Test func aFullQueueIsSaidAtOnce() throws {
    let test = try TestDatabase(queueMax: 3)
    let gate = Monitor((entered: false, open: false))
    test.database.submit { _ -> Void in
      gate.update { $0.entered = true }
      _ = gate.wait { $0.open ? true : nil }
    } completion: { _ in
    }
    _ = gate.wait { $0.entered ? true : nil }
    let outcomes = Monitor<[Bool]>([])
    for index in 0..<5 {
      test.database.submit {
        try $0.addTenant(named: "queued \(index)")
      } completion: { result in
        outcomes.update { $0.append((try? result.get()) != nil) }
      }
    }
    // What is refused is refused before the writer is free again.
    #expect(outcomes.withLock { $0 } == [false, false])
    gate.update { $0.open = true }
    let all = outcomes.wait { $0.count == 5 ? $0 : nil }
    #expect(all == [false, false, true, true, true])
    _ = try test.database.write { try $0.addTenant(named: "last") }
    #expect(try test.database.read { try $0.tenants().count } == 4)
  }

  @Test func eventSequencesHaveNoGapsWhateverFailsInBetween() throws {
    let test = try TestDatabase()
    let tenant = try test.database.write { try $0.addTenant(named: "acme") }
    let done = Monitor(0)
    for index in 0..<300 {
      test.database.submit { transaction -> Void in
        try transaction.append("test.happened", tenant: tenant.id, .init(), data: [123, 125])
        if index % 3 == 0 { throw Refused() }
      } completion: { _ in
        done.update { $0 += 1 }
      }
    }
    _ = done.wait { $0 == 300 ? true : nil }
    let events = try test.database.read { try $0.events(of: tenant.id, after: 0, limit: 1000) }
    #expect(events.map(\.sequence) == Array(1...200))
    #expect(events.map(\.id) == events.map(\.id).sorted())
  }

  @Test func aDatabaseOfANewerProgramIsRefusedWithBothVersions() throws {
    let test = try TestDatabase()
    let newer = SQL("INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)")
    _ = try test.database.write { transaction in
      try transaction.connection.execute(newer, .integer(999), .text("future"), .integer(0))
    }
    test.database.close()
    let error = #expect(throws: StoreError.self) {
      _ = try Database(Database.Options(path: test.path))
    }
    #expect(error?.reason.contains("999") == true)
    #expect(error?.reason.contains("\(Migrations.newest)") == true)
  }

  @Test func openingTwiceChangesNothing() throws {
    let test = try TestDatabase()
    _ = try test.database.write { try $0.addTenant(named: "acme") }
    try test.reopen()
    try test.reopen()
    #expect(try test.database.read { try $0.tenants().map(\.name) } == ["acme"])
  }

  @Test func closingFinishesWhatIsQueued() throws {
    let test = try TestDatabase()
    for index in 0..<200 {
      test.database.submit {
        try $0.addTenant(named: "tenant \(index)")
      } completion: { _ in
      }
    }
    try test.reopen()
    #expect(try test.database.read { try $0.tenants().count } == 200)
  }

  @Test func aReaderSeesOneMomentThroughout() throws {
    let test = try TestDatabase()
    let counts = try test.database.read { connection in
      let before = try connection.tenants().count
      _ = try test.database.write { try $0.addTenant(named: "later") }
      return (before, try connection.tenants().count)
    }
    #expect(counts == (0, 0))
    #expect(try test.database.read { try $0.tenants().count } == 1)
  }

  @Test func moreReadersThanConnectionsTakeTurns() throws {
    let test = try TestDatabase(readers: 1)
    let finished = Monitor(0)
    let database = test.database
    let threads = (0..<8).map { index in
      WorkerThread(name: "reader-\(index)") {
        for _ in 0..<20 { _ = try? database.read { try $0.tenants() } }
        finished.update { $0 += 1 }
      }
    }
    _ = finished.wait { $0 == 8 ? true : nil }
    for thread in threads { thread.join() }
    #expect(finished.withLock { $0 } == 8)
  }

  @Test func settingsOpenOnlyInTheirOwnRowAndWithTheirOwnKey() throws {
    let vault = try #require(Vault(key: [UInt8](repeating: 1, count: 32)))
    let other = try #require(Vault(key: [UInt8](repeating: 2, count: 32)))
    let sealed = try vault.seal(["auth_token": "hush"], row: [1])
    #expect(try vault.open(sealed, row: [1])["auth_token"] == "hush")
    #expect(throws: StoreError.self) { try vault.open(sealed, row: [2]) }
    #expect(throws: StoreError.self) { try other.open(sealed, row: [1]) }
    #expect(!String(decoding: sealed, as: UTF8.self).contains("hush"))
    #expect(Vault(key: [1, 2, 3]) == nil)
  }

  @Test func emptyTextsAndBlobsStayWhatTheyAre() throws {
    let test = try TestDatabase()
    let read = SQL("SELECT typeof($1), typeof($2), typeof($3), typeof($4), length($5), $6")
    let row = try test.database.write { transaction in
      try transaction.connection.first(
        read, .text(""), .bytes([]), .blob([]), .null, .text("a\0b"), .id(1, 2)
      ) { (row) throws(StoreError) in
        [
          row.text(0), row.text(1), row.text(2), row.text(3),
          try row.id(5, Tenant.self).description,
        ]
      }
    }
    #expect(row == ["text", "text", "blob", "null", ID<Tenant>(high: 1, low: 2).description])
  }

  @Test func parametersAreTakenByTheirNumberAndNotByTheirPlace() throws {
    let test = try TestDatabase()
    let read = SQL("SELECT $3 || $1 || $2 || $3")
    let text = try test.database.write { transaction in
      try transaction.connection.first(read, .text("a"), .text("b"), .text("c")) {
        (row) throws(StoreError) in row.text(0)
      }
    }
    #expect(text == "cabc")
  }
}
