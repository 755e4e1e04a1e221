import Testing

@testable import Gateway

@Suite struct ConfigurationTests {
  @Test func isTheDefaultsWithoutFileAndEnvironment() throws {
    #expect(try Configuration.load(path: nil, environment: [:]) == Configuration())
    #expect(try loadConfiguration("{}") == Configuration())
  }

  @Test func readsEveryKindOfValueFromTheFile() throws {
    let configuration = try loadConfiguration(
      """
      // a comment
      {
        "data_dir": "/var/lib/trunkline", /* another */
        "public_url": "https://hooks.example.org/base/",
        "listen": { "public": "[::1]:9000", "api": "127.0.0.2:0", "threads": 8 },
        "tls": { "certificate": "a.pem", "key": "b.pem" },
        "limits": { "body_bytes": 2048, "idle_seconds": null },
        "log": { "level": "warning", "format": "json", },
      }
      """)
    var expected = Configuration()
    expected.dataDirectory = "/var/lib/trunkline"
    expected.publicURL = "https://hooks.example.org/base"
    expected.listen.public = ListenAddress(host: "::1", port: 9000)
    expected.listen.api = ListenAddress(host: "127.0.0.2", port: 0)
    expected.listen.threads = 8
    expected.tlsCertificate = "a.pem"
    expected.tlsKey = "b.pem"
    expected.limits.bodyBytes = 2048
    expected.log.level = .warning
    expected.log.format = .json
    #expect(configuration == expected)
    #expect(configuration.tls == .init(certificate: "a.pem", key: "b.pem"))
  }

  @Test func putsTheDataDirectoryIntoThePathsBelowIt() throws {
    #expect(Configuration().databasePath == "data/trunkline.db")
    let moved = try loadConfiguration(
      #"{ "data_dir": "/srv", "store": "sqlite:/elsewhere/<data_dir>.db" }"#)
    #expect(moved.databasePath == "/elsewhere/<data_dir>.db")
    #expect(moved.masterKeyPath == "/srv/master.key")
  }

  @Test func prefersTheEnvironmentToTheFile() throws {
    let configuration = try loadConfiguration(
      #"{ "listen": { "public": "1.2.3.4:1" }, "limits": { "connections": "wrong" } }"#,
      [
        "TRUNKLINE_LISTEN_PUBLIC": "127.0.0.1:9999", "TRUNKLINE_LIMITS_CONNECTIONS": "12",
        "TRUNKLINE_LOG_LEVEL": "debug", "TRUNKLINE_LOG_FORMAT": "",
      ])
    #expect(configuration.listen.public.description == "127.0.0.1:9999")
    #expect(configuration.limits.connections == 12)
    #expect(configuration.log.level == .debug)
    #expect(configuration.log.format == .auto)
  }

  @Test(arguments: ConfigurationKey.all.map(\.path))
  func takesTheDefaultOfEachKeyFromFileAndEnvironment(_ path: String) throws {
    let key = try #require(ConfigurationKey.all.first { $0.path == path })
    if key.fallback.isNull { return }
    let text = key.fallback.string ?? String(decoding: key.fallback.serialized(), as: UTF8.self)
    #expect(try loadConfiguration("{}", [key.environmentName: text]) == Configuration())
    let json = String(decoding: key.fallback.serialized(), as: UTF8.self)
    let file = key.components.reversed().reduce(json) { "{\"\($1)\": \($0)}" }
    #expect(try loadConfiguration(file) == Configuration())
  }

  @Test(arguments: ConfigurationKey.all.map(\.path))
  func findsAWrongTypeUnderEachKey(_ path: String) throws {
    let key = try #require(ConfigurationKey.all.first { $0.path == path })
    let file = key.components.reversed().reduce("\ntrue\n") { "{\"\($1)\": \($0)}" }
    #expect(
      configurationMistakes(file) == ["file:1: \(path): expected \(key.expectation), found true"])
  }

  @Test func namesTheFileByAVariableWhenTheCommandLineDoesNot() {
    do {
      _ = try Configuration.load(path: nil, environment: ["TRUNKLINE_CONFIG": "/no/such.json5"])
      Issue.record("loaded a file that is not there")
    } catch {
      #expect(error.description == "/no/such.json5: cannot be read: No such file or directory")
    }
  }

  @Test func suspectsMisspeltVariablesAndLeavesOthersAlone() {
    let variables = [
      "TRUNKLINE_LISTEN_PUBLC": "", "TRUNKLINE_LISTEN_PUBLIC": "", "TRUNKLINE_API_KEY": "",
      "TRUNKLINE_SERVICE_HOST": "", "TRUNKLINE_PORT": "", "TRUNKLINE_PORT_8080_TCP_ADDR": "",
      "LISTEN_PUBLC": "",
    ]
    #expect(
      Environment.suspicions(variables) == [
        "TRUNKLINE_LISTEN_PUBLC is no setting; did you mean TRUNKLINE_LISTEN_PUBLIC?"
      ])
  }

  @Test func readsTheEnvironmentOfThisProcess() {
    #expect(Environment.current["PATH"]?.isEmpty == false)
  }
}
