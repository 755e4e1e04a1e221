import Testing

@testable import Gateway

@Suite struct ChannelConfigurationTests {
  @Test func keepsChannelsAsConfigured() throws {
    let configuration = try loadConfiguration(
      """
      {
        "default_tenant": "acme",
        "channels": [
          {
            "provider": "plain", "name": "First", "address": "+15005550006",
            "public_url": "https://EXAMPLE.org/", "verification": "observe",
            "settings": { "account": "${A}", "token": ["new", "old"] },
          },
          { "tenant": "other", "provider": "plain", "name": "First",
            "settings": { "account": "2", "token": "t", "region": null } },
          { "provider": "other", "name": "Third" },
        ],
      }
      """, ["A": "AC1"])
    try #require(configuration.channels.count == 3)
    let first = configuration.channels[0]
    #expect(first.tenant == "acme" && first.provider == "plain" && first.name == "First")
    #expect(first.address == "+15005550006" && first.publicURL == "https://EXAMPLE.org")
    #expect(first.verification == .observe)
    #expect(first.settings.strings("token") == ["new", "old"])
    #expect(first.settings.string("account") == "AC1")
    #expect(configuration.channels[1].tenant == "other")
    #expect(configuration.channels[1].verification == .enforce)
    #expect(configuration.channels[2].settings.object.isEmpty)
  }

  @Test func readsChannelsFromTheEnvironment() throws {
    let text =
      #"[{ "provider": "plain", "name": "n", "settings": {"account": "1", "token": "${"}}]"#
    let configuration = try loadConfiguration(#"{ "channels": 5 }"#, ["TRUNKLINE_CHANNELS": text])
    #expect(configuration.channels.map(\.description) == ["default/plain/n"])
    #expect(configuration.channels.first?.settings.string("token") == "${")
  }

  @Test(arguments: [
    (
      "5",
      "file:2: channels: expected a list of {tenant?, provider, name, address?, public_url?, "
        + "verification?, policy?, settings}, found 5"
    ),
    ("[5]", "file:2: channels[0]: expected an object, found 5"),
    (
      #"[{ "provider": "other", "name": "n", "verificaton": "observe" }]"#,
      #"file:2: channels[0].verificaton: unknown key; did you mean "verification"?"#
    ),
    (
      #"[{ "provider": "other" }]"#,
      "file:2: channels[0].name: required: the name people know the channel by"
    ),
    (#"[{ "name": "n" }]"#, #"file:2: channels[0].provider: required: one of "plain", "other""#),
    (
      #"[{ "provider": "plian", "name": "n" }]"#,
      #"file:2: channels[0].provider: no such provider; did you mean "plain"?"#
    ),
    (
      #"[{ "provider": "whatever", "name": "n" }]"#,
      #"file:2: channels[0].provider: no such provider; there is "plain", "other""#
    ),
    (
      #"[{ "provider": "other", "name": " " }]"#,
      #"file:2: channels[0].name: expected a string that is not empty, found " ""#
    ),
    (
      #"[{ "provider": "other", "name": "n", "verification": "off" }]"#,
      #"file:2: channels[0].verification: expected "enforce" or "observe", found "off""#
    ),
    (
      #"[{ "provider": "other", "name": "n", "settings": [] }]"#,
      "file:2: channels[0].settings: expected an object, found a list"
    ),
    (
      #"[{ "provider": "other", "name": "n" }, { "provider": "other", "name": "n" }]"#,
      "file:2: channels[1].name: another channel of this tenant has this name"
    ),
    (
      #"[{ "provider": "other", "name": "${N" }]"#,
      #"file:2: channels[0].name: "${" is not followed by a variable's name and "}"; "#
        + #"write "$${" for itself"#
    ),
  ])
  func findsMistakes(_ list: String, _ finding: String) {
    #expect(configurationMistakes("{\n \"channels\": \(list) }") == [finding])
  }

  @Test func findsEveryMistakeInTheSettingsWithItsLine() {
    let found = configurationMistakes(
      """
      { "channels": [
        { "provider": "plain", "name": "n",
          "settings": {
            "tokn": "t",
            "region": 7,
          } },
        { "provider": "plain", "name": "m",
          "settings": { "account": "1", "token": "t",
            "region": "nowhere" } },
      ] }
      """)
    #expect(
      found == [
        "file:3: channels[0].settings.account: required: The account's number.",
        "file:3: channels[0].settings.token: required: The token.",
        #"file:4: channels[0].settings.tokn: unknown setting; did you mean "token"?"#,
        "file:5: channels[0].settings.region: must be a string",
        "file:9: channels[1].settings.region: must be a place",
      ])
  }

  @Test func namesAMissingVariableWithItsLine() {
    let found = configurationMistakes(
      """
      { "channels": [{ "provider": "plain", "name": "n",
          "settings": { "account": "1",
            "token": ["a",
              "${TOKEN_OF_NOBODY}"] } }] }
      """)
    #expect(
      found == [
        "file:4: channels[0].settings.token[1]: "
          + "the environment variable TOKEN_OF_NOBODY is not set"
      ])
  }

  @Test(
    .enabled("the sample speaks of these two") {
      Providers.named("twilio") != nil && Providers.named("telegram") != nil
    })
  func understandsTheExampleOfTheSampleFile() throws {
    let environment = [
      "TWILIO_ACCOUNT_SID": "AC" + String(repeating: "0", count: 32),
      "TWILIO_AUTH_TOKEN": String(repeating: "1", count: 32),
      "TELEGRAM_BOT_TOKEN": "123456:" + String(repeating: "A", count: 35),
      "TELEGRAM_SECRET_TOKEN": "secret",
    ]
    let file = "{ \"channels\": \(Configuration.channelsExample) }"
    #expect(try loadConfiguration(file, environment, providers: Providers.all).channels.count == 2)
  }
}

@Suite struct ChannelPolicyConfigurationTests {
  @Test func aPolicyIsReadAndItsMistakesAreNamed() throws {
    let text: (String) -> String = { policy in
      #"{ "channels": [{ "provider": "other", "name": "n", "policy": \#(policy) }] }"#
    }
    let read = try loadConfiguration(text(#"{ "expires_seconds": 60 }"#), [:])
    #expect(read.channels.first?.policy?.expiresSeconds == 60)
    #expect(try loadConfiguration(text("null"), [:]).channels.first?.policy == nil)
    for (policy, path) in [
      ("5", "channels[0].policy:"), (#"{ "expires": 5 }"#, "channels[0].policy.expires:"),
      (#"{ "burst": 0 }"#, "channels[0].policy.burst:"),
    ] {
      let error = #expect(throws: ConfigurationError.self) {
        try loadConfiguration(text(policy), [:])
      }
      #expect(error?.findings.first?.description.contains(path) == true, "\(policy)")
    }
  }
}
