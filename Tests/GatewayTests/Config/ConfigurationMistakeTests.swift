import Testing

@testable import Gateway

@Suite struct ConfigurationMistakeTests {
  @Test func namesUnknownKeysAndTheNearestKnownOne() {
    let found = configurationMistakes(
      """
      {
        "limits": {
          "body_byte": 1
        },
        "data_dri": "x",
        "body_bytes": 5,
        "log.level": "info",
        "zzzzzzzz": 0
      }
      """)
    #expect(
      found == [
        #"file:3: limits.body_byte: unknown key; did you mean "body_bytes"?"#,
        #"file:5: data_dri: unknown key; did you mean "data_dir"?"#,
        #"file:6: body_bytes: unknown key; did you mean "limits.body_bytes"?"#,
        #"file:7: log.level: unknown key; write it as objects within each other"#,
        #"file:8: zzzzzzzz: unknown key"#,
      ])
  }

  @Test(arguments: [
    (#""limits": 5"#, "limits: expected an object, found 5"),
    (#""limits": []"#, "limits: expected an object, found a list"),
    (
      #""limits": { "idle_seconds": 0 }"#,
      "limits.idle_seconds: expected a whole number from 1 to 3600, found 0"
    ),
    (
      #""limits": { "idle_seconds": 1.5 }"#,
      "limits.idle_seconds: expected a whole number from 1 to 3600, found 1.5"
    ),
    (
      #""limits": { "idle_seconds": "5" }"#,
      #"limits.idle_seconds: expected a whole number from 1 to 3600, found "5""#
    ),
    (
      #""log": { "level": "loud" }"#,
      #"log.level: expected "debug", "info", "warning" or "error", found "loud""#
    ),
    (
      #""listen": { "api": "8081" }"#,
      #"listen.api: expected "<address>:<port>", such as "0.0.0.0:8080" or "[::1]:8080", "#
        + #"found "8081""#
    ),
    (#""data_dir": """#, #"data_dir: expected a string that is not empty, found """#),
    (
      #""public_url": "ftp://x""#,
      "public_url: expected an http or https URL with a host, without user, query, fragment or "
        + #"spaces, found "ftp://x""#
    ),
    (
      #""store": "postgres://u:p@h/d""#,
      #"store: expected "sqlite:<file>" (this version stores in SQLite only), "#
        + "found a string that is not shown"
    ),
    (
      #""store": "sqlite::memory:""#,
      #"store: expected "sqlite:<file>" (this version stores in SQLite only), "#
        + "found a string that is not shown"
    ),
    (
      #""tls": { "certificate": "" }"#,
      #"tls.certificate: expected a string that is not empty, found """#
    ),
    (
      #""master_key": "00""#,
      "master_key: expected 64 hexadecimal digits or the base64 of 32 bytes, "
        + "found a string that is not shown"
    ),
    (#""tls": { "key": "k.pem" }"#, "tls.key: tls.certificate is not set: TLS needs both"),
    (#""tls": { "certificate": "c" }"#, "tls.certificate: tls.key is not set: TLS needs both"),
    (
      #""listen": { "api": "0.0.0.0:8080" }"#,
      "listen.api: the same address as listen.public: they are two listeners"
    ),
  ])
  func saysWhatWasExpectedAndWhatWasFound(_ member: String, _ finding: String) {
    #expect(configurationMistakes("{\n\(member) }") == ["file:2: \(finding)"])
  }

  @Test func namesTheVariableThatHoldsAWrongValue() {
    #expect(
      configurationMistakes("{}", ["TRUNKLINE_LIMITS_IDLE_SECONDS": "soon"]) == [
        "TRUNKLINE_LIMITS_IDLE_SECONDS: limits.idle_seconds: "
          + #"expected a whole number from 1 to 3600, found "soon""#
      ])
    #expect(
      configurationMistakes("{}", ["TRUNKLINE_CHANNELS": "[{]"]) == [
        "TRUNKLINE_CHANNELS: channels: not JSON with comments: "
          + "a member name in double quotes was expected"
      ])
  }

  @Test(arguments: [
    ("{\n\n  \"a\" 1 }", "file:3: not JSON with comments: a colon was expected"),
    (
      "{\n \"log\": {},\n \"log\": {} }",
      "file:3: not JSON with comments: a member name appears twice"
    ),
    ("", "file:1: not JSON with comments: the document is empty"),
    ("[]", "file:1: expected an object, found a list"),
  ])
  func namesTheLineOfBrokenJSON(_ text: String, _ finding: String) {
    #expect(configurationMistakes(text) == [finding])
  }

  @Test func reportsEverythingAtOnceInTheOrderOfTheFile() {
    let found = configurationMistakes(
      """
      {
        "tls": { "key": "k" },
        "nothing": 1,
        "log": { "level": 3 },
        "listen": { "threads": 1000 }
      }
      """, ["TRUNKLINE_DEFAULT_TENANT": "ok", "TRUNKLINE_SQLITE_READERS": "-1"])
    #expect(
      found.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [
        "file:2: tls.key:", "file:3: nothing:", "file:4: log.level:", "file:5: listen.threads:",
        "TRUNKLINE_SQLITE_READERS: sqlite.readers:",
      ])
  }

  @Test func neverShowsASecret() throws {
    let secret = "hunter2-hunter2"
    let found = [
      configurationMistakes(#"{ "master_key": "\#(secret)" }"#),
      configurationMistakes("{}", ["TRUNKLINE_MASTER_KEY": secret]),
      configurationMistakes(#"{ "log": { "level": "${S}" } }"#, ["S": secret]),
      configurationMistakes(#"{ "public_url": "https://me:\#(secret)@example.org" }"#),
      configurationMistakes(
        """
        { "channels": [{ "provider": "plain", "name": "n", "verification": "${S}",
          "settings": { "account": "1", "token": ["\(secret)", 5], "region": {"a": "\(secret)"},
          "x": "\(secret)" } }] }
        """, ["S": secret]),
    ]
    for findings in found {
      #expect(!findings.isEmpty)
      for finding in findings { #expect(!finding.contains("hunter2")) }
    }
    var dumped = ""
    var configuration = try loadConfiguration(
      """
      { "channels": [{ "provider": "plain", "name": "n",
        "settings": { "account": "1", "token": "\(secret)" } }] }
      """)
    configuration.masterKey = MasterKey(bytes: [UInt8](repeating: 201, count: 32))
    dump(configuration, to: &dumped)
    #expect(dumped.contains("default/plain/n"))
    #expect(!dumped.contains("hunter2") && !dumped.contains("201"))
    #expect(!"\(configuration)".contains("hunter2") && !"\(configuration)".contains("201"))
  }
}
