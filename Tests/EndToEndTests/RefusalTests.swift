import Gateway
import Glibc
import Testing

@Suite struct RefusalTests {
  @Test func namesTheSettingWhenAPortIsTaken() throws {
    let taken = try Daemon(Home(), key: "unused")
    let home = try Home()
    let result = try Program(
      ["serve", "--config", home.configuration],
      environment: ["TRUNKLINE_LISTEN_PUBLIC": "127.0.0.1:\(taken.publicPort)"]
    ).result()
    #expect(result.status == 1)
    #expect(result.complaints.contains("TRUNKLINE_LISTEN_PUBLIC"))
    #expect(result.complaints.contains(taken.publicPort))
    try taken.stop()
  }

  @Test func namesFileAndLineOfEveryMistakeInTheConfiguration() throws {
    let home = try Home()
    let text = """
      {
        "listn": { "public": "127.0.0.1:0" },
        "limits": { "idle_seconds": "long" },
      }
      """
    try File.write(Array(text.utf8), to: home.configuration)
    for verb in ["serve", "doctor"] {
      let result = try home.run(verb)
      let said = result.output + result.complaints
      #expect(result.status == (verb == "serve" ? 2 : 1))
      #expect(said.contains("\(home.configuration):2: listn: ") && said.contains("\"listen\""))
      #expect(said.contains("\(home.configuration):3: limits.idle_seconds: "))
    }
  }

  @Test func refusesADatabaseOfANewerVersion() throws {
    let home = try Home()
    #expect(try home.run("tenants", "list", "--local").status == 0)
    #expect(try home.run("migrate", "--check").status == 0)
    let writer = try Connection(
      path: home.database, readOnly: false, cacheMebibytes: 1, busyMilliseconds: 1000)
    try writer.run("INSERT INTO schema_migrations VALUES (999, 'of the future', 0)")
    let refused = try home.run("serve")
    #expect(refused.status == 1)
    #expect(refused.complaints.contains("999") && refused.complaints.contains("newer"))
    let check = try home.run("migrate", "--check")
    #expect(check.status == 1 && check.output.contains("version 999"))
    let doctor = try home.run("doctor")
    #expect(doctor.status == 1 && doctor.output.contains("version 999"))
  }

  @Test func saysHowToStartADaemonThatIsNotThere() throws {
    let result = try Program(
      ["channels", "list"], environment: ["TRUNKLINE_URL": "http://127.0.0.1:1"]
    ).result()
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(result.complaints.contains("trunkline serve"))
    #expect(result.complaints.contains("TRUNKLINE_URL"))
  }

  @Test(arguments: [
    (["srve"], "did you mean \"serve\"?"),
    (["keys", "crate"], "did you mean \"create\"?"),
    (["receipts", "list", "--stat", "failed"], "did you mean --state?"),
    (["receipts", "list", "--state", "quarantine"], "did you mean quarantined?"),
    (["explain", "msg_1"], "msg_1"),
    ([], "no verb"),
  ])
  func endsWithStatus2WhenCalledWrongly(_ words: [String], _ expected: String) throws {
    let result = try Program(words).result()
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.complaints.contains(expected), "\(result.complaints)")
  }
}

@Suite struct DoctorTests {
  @Test func findsNothingWrongWithANewPlaceAndWithARunningDaemon() throws {
    let home = try Home()
    let before = try home.run("doctor")
    #expect(before.status == 0 && !before.output.contains("wrong"), "\(before.output)")
    let daemon = try Daemon(home)
    _ = try daemon.makeChannel()
    let beside = try home.run("doctor", "--json")
    #expect(beside.status == 0, "\(beside.output)")
    #expect(beside.output.contains("1, every one with valid settings"))
    try daemon.stop()
  }

  @Test func findsAKeyThatOthersCanReadAndOneThatIsGone() throws {
    let home = try Home()
    #expect(try home.run("tenants", "list", "--local").status == 0)
    let key = "\(home.folder)/data/master.key"
    chmod(key, 0o644)
    let open = try home.run("doctor")
    #expect(open.status == 1 && open.output.contains("chmod 600"))
    File.remove(key)
    let gone = try home.run("doctor")
    #expect(gone.status == 1 && gone.output.contains("missing beside a database"))
  }

  @Test func tellsAContainerWhetherTheDaemonLives() throws {
    let home = try Home()
    let daemon = try Daemon(home, key: "unused")
    let address = ["TRUNKLINE_LISTEN_PUBLIC": "127.0.0.1:\(daemon.publicPort)"]
    #expect(try Program(["doctor", "--health"], environment: address).result().status == 0)
    try daemon.stop()
    #expect(try Program(["doctor", "--health"], environment: address).result().status == 1)
  }
}
