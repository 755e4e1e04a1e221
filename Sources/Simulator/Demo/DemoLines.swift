import Gateway

/// The workshop's lines at Meta: a number of WhatsApp's, an Instagram account and a Facebook page.
package struct DemoLines: Sendable {
  /// Stands in for people who write to the number.
  package var cloud: MetaSimulator
  /// Stands in for people who write to the Instagram account.
  package var instagram: MetaSimulator
  /// Stands in for people who write to the page.
  package var messenger: MetaSimulator

  /// Accounts made from a seed, which exist nowhere else; their webhooks go nowhere yet.
  package init(seed: UInt64) {
    let random = SeededRandom(seed: SeededRandom(seed: seed).next() ^ 0x4D45_5441)
    let secret = TwilioSigner.hexadecimal(random.bytes(16))
    let word = TwilioSigner.hexadecimal(random.bytes(8))
    func line(_ product: MetaAccount.Product, parent: String, number: String = "") -> MetaSimulator
    {
      let account = MetaAccount(
        product,
        id: product == .instagram
          ? "17841\(MetaID.digits(random, count: 12))" : MetaID.digits(random),
        parentID: parent, displayNumber: number,
        accessToken: "EAA\(TwilioSigner.hexadecimal(random.bytes(20)))", appSecret: secret,
        verifyToken: word)
      return MetaSimulator(account, webhookURL: "")
    }
    cloud = line(
      .whatsApp, parent: MetaID.digits(random),
      number: String(DemoConversation.cloudNumber.dropFirst()))
    instagram = line(.instagram, parent: "")
    messenger = line(.messenger, parent: "")
  }

  /// The accounts, each with its webhook.
  package var accounts: [MetaAccount] {
    [cloud, instagram, messenger].map { line in
      var account = line.account
      account.webhookURL = line.webhookURL
      return account
    }
  }

  /// Begins anew from `random`, so that what follows is a function of it alone.
  mutating func restart(random: any RandomSource) {
    cloud.random = random
    instagram.random = random
    messenger.random = random
  }

  /// Lets the clocks of all stand at `now`.
  mutating func set(now: Instant) {
    cloud.now = now
    instagram.now = now
    messenger.now = now
  }
}

extension DemoScript {
  /// People write by the lines of Meta, who are not to be reached by any number.
  mutating func socialLines() {
    tell(
      "Ximena, who shows no number, writes to our WhatsApp Cloud number: “Hola, ¿tienen luces?”",
      as: "lights"
    ) {
      $0.meta.cloud.post(
        $0.meta.cloud.message(.text("Hola, ¿tienen luces?"), from: DemoCast.ximena))
    }
    answer(
      "We answer with two buttons: “Sí, desde 12 €. ¿Le guardamos una?” [Sí] [No]",
      .chat(of: "lights"),
      [
        "text": "Sí, desde 12 €. ¿Le guardamos una?",
        "buttons": [
          [["text": "Sí", "payload": "lights:y"], ["text": "No", "payload": "lights:n"]]
        ],
      ], replyTo: "lights", expecting: .read)
    let offer = wamid(of: 1, to: DemoCast.ximena)
    tell("Ximena presses a button under our message: “Sí”") {
      $0.meta.cloud.post(
        $0.meta.cloud.message(
          .button(id: "lights:y", title: "Sí", of: offer), from: DemoCast.ximena))
    }
    tell("Noor answers our story on Instagram: “love the red one 😍”", as: "story") {
      $0.meta.instagram.post(
        $0.meta.instagram.message(
          .storyReply("love the red one 😍", storyID: "17950000000000001"), from: DemoCast.noor))
    }
    answer(
      "We answer on Instagram: “It is still here, until Friday.”", .chat(of: "story"),
      ["text": "It is still here, until Friday."], expecting: .read)
    tell("Tomás writes to our page on Messenger: “Do you rent bikes?”", as: "rent") {
      $0.meta.messenger.post(
        $0.meta.messenger.message(.text("Do you rent bikes?"), from: DemoCast.tomas))
    }
    answer(
      "We answer with two quick replies: “We do. For which day?” [Saturday] [Sunday]",
      .chat(of: "rent"),
      [
        "text": "We do. For which day?",
        "buttons": [
          [
            ["text": "Saturday", "payload": "rent:sat"], ["text": "Sunday", "payload": "rent:sun"],
          ]
        ],
      ], expecting: .read)
    tell("Tomás presses a quick reply on Messenger: “Saturday”") {
      $0.meta.messenger.post(
        $0.meta.messenger.message(
          .quickReply(title: "Saturday", payload: "rent:sat"), from: DemoCast.tomas))
    }
  }
}
