import Gateway

/// A morning at a bicycle workshop, as the webhooks of Twilio, Telegram and Meta tell it, and what
/// the workshop answers.
///
/// Several people write on several lines, one of them on two; there is a duplicate and a forgery on
/// Twilio and on Telegram, a kind nobody knows, a broken body and a STOP. The workshop answers on
/// each line, to one by another line than it tried first, and to one who cannot be reached. The
/// same arguments give the same bytes.
package struct DemoConversation: Sendable {
  /// The workshop's number for SMS, MMS and calls.
  package static let smsNumber = "+12065550199"
  /// The workshop's number on WhatsApp.
  package static let whatsAppNumber = "+14155550123"

  /// The workshop's number at WhatsApp's Cloud API.
  package static let cloudNumber = "+12065550177"

  /// The step in which Maya first writes.
  package static let question = "maya"
  /// The step of an answer that went by another line than it was for.
  package static let fallback = "helmet"

  /// What happens, in order.
  package let steps: [DemoStep]

  /// How the stand-ins for the providers' APIs behave while the story is told: one chat is too busy
  /// at first, one number is a landline, and everything else succeeds in a human time.
  package static func providers(seed: UInt64, speed: Double = 1) -> ProviderScript {
    var script = ProviderScript()
    script.seed = seed
    script.errors.retryAfterSeconds = 1...1
    script.steps = [
      ProviderScript.Step(recipient: String(DemoCast.aoi.id), from: 1, fault: .tooMany)
    ]
    script.twilio.statusErrors = [DemoCast.landline: 30006]
    // Whether an echo tells anything depends on whether it is there before the answer: that would
    // not be the same story each time.
    script.meta.echoes = false
    script.meta.names = [DemoCast.noor: "Noor de Wit", DemoCast.tomas: "Tomás Rey"]
    // Not at once even when hurried: the acceptance is to be on the disk before what follows it.
    script.statuses.delayMilliseconds = max(20, Int(100 / speed))...max(40, Int(400 / speed))
    return script
  }

  /// Writes the story: to the webhook of `twilio`, of `whatsApp` where that is a channel of its
  /// own, of `telegram`, and of the lines at Meta, which are made from the seed unless given.
  ///
  /// Only the accounts, secrets and addresses of the simulators count: their numbering and
  /// randomness start anew from `seed`, and their clocks stand at `start`.
  package init(
    seed: UInt64, twilio: TwilioSimulator, whatsApp: TwilioSimulator? = nil,
    telegram: TelegramSimulator, meta: DemoLines? = nil, startingAt start: Instant
  ) {
    var script = DemoScript(
      seed: seed, twilio: twilio, whatsApp: whatsApp ?? twilio, telegram: telegram,
      meta: meta ?? DemoLines(seed: seed), start: start)
    script.firstContacts()
    script.secondThoughts()
    script.groupRide()
    script.socialLines()
    script.oddities()
    script.farewells()
    steps = script.steps
  }
}

/// Writes steps down while time goes by.
struct DemoScript {
  /// Who calls and writes SMS.
  var twilio: TwilioSimulator
  /// Who writes on WhatsApp.
  var whatsApp: TwilioSimulator
  /// Who writes on Telegram.
  var telegram: TelegramSimulator
  /// Who writes on the lines of Meta.
  var meta: DemoLines
  /// What is written so far.
  private(set) var steps: [DemoStep] = []

  private let seed: UInt64
  private let random: any RandomSource
  private var now: Instant

  /// Opens an empty script.
  init(
    seed: UInt64, twilio: TwilioSimulator, whatsApp: TwilioSimulator, telegram: TelegramSimulator,
    meta: DemoLines, start: Instant
  ) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    now = start
    self.twilio = twilio
    self.whatsApp = whatsApp
    self.telegram = telegram
    self.meta = meta
    self.meta.restart(random: random)
    self.twilio.random = random
    self.whatsApp.random = random
    self.telegram.restart(random: random, now: start)
  }

  /// Writes a webhook down, `pause` milliseconds after the step before; as people type where not
  /// given.
  @discardableResult
  mutating func tell(
    _ narration: String, as name: String? = nil, pause: Int? = nil, expecting status: Int = 200,
    _ make: (inout DemoScript) -> HTTPRequest
  ) -> HTTPRequest {
    let pause = wait(pause)
    let request = make(&self)
    steps.append(
      DemoStep(
        delayMilliseconds: pause, narration: narration, name: name,
        act: .webhook(request, expectedStatus: status)))
    return request
  }

  /// Writes an answer of the workshop's down.
  mutating func answer(
    _ narration: String, as name: String? = nil, _ target: DemoAnswer.Target,
    _ members: JSONObject, replyTo: String? = nil, picture: [UInt8]? = nil,
    schedule: DemoAnswer.Schedule? = nil, expecting status: MessageStatus
  ) {
    steps.append(
      DemoStep(
        delayMilliseconds: wait(nil), narration: narration, name: name,
        act: .answer(
          DemoAnswer(
            target: target, members: members, replyTo: replyTo, picture: picture,
            schedule: schedule, expected: status))))
  }

  /// Writes a look at an earlier answer down.
  mutating func look(_ narration: String, at name: String, expecting status: MessageStatus) {
    steps.append(
      DemoStep(
        delayMilliseconds: wait(nil), narration: narration, name: nil,
        act: .look(name, expected: status)))
  }

  /// Twilio's id of the workshop's message number `ordinal` to somebody on WhatsApp: people quote
  /// it, so it must be known before it is sent.
  func sid(of ordinal: Int, to user: WhatsAppUser, hasMedia: Bool) -> String {
    let pair = "whatsapp:\(DemoConversation.whatsAppNumber)>whatsapp:\(user.address)"
    return TwilioAPIMessages.sid(
      ProviderDice.roll(seed, "sid", pair, ordinal), hasMedia: hasMedia)
  }

  /// WhatsApp's id of the workshop's message number `ordinal` to somebody.
  func wamid(of ordinal: Int, to user: CloudUser) -> String {
    let account = meta.cloud.account.id
    return MetaID.message(
      .whatsApp, GraphWhatsApp.dice(seed, account, user.address, ordinal), account: account,
      person: user.address)
  }

  /// The workshop's message number `ordinal` in a person's chat with the bot.
  func message(_ ordinal: Int64, to person: TelegramPerson, text: String) -> TelegramReference {
    TelegramReference(
      chat: .privateChat(person), messageID: TelegramAPIMessages.firstNumber + ordinal - 1,
      sentAt: now, text: text)
  }

  /// Lets time go by. Slow enough to follow on a terminal, quick enough that the whole takes about
  /// a minute.
  private mutating func wait(_ pause: Int?) -> Int {
    let pause = pause ?? (steps.isEmpty ? 0 : 300 + random.below(1200))
    now = now.adding(milliseconds: Int64(pause))
    twilio.now = now
    whatsApp.now = now
    telegram.now = now
    meta.set(now: now)
    return pause
  }
}

/// The people of the demonstration. Numbers are of ranges kept free for fiction where a country has
/// one.
enum DemoCast {
  /// Writes SMS and, with the same number, WhatsApp.
  static let mayaNumber = "+15035550142"
  /// Maya as WhatsApp shows her.
  static let maya = WhatsAppUser(phone: mayaNumber, profileName: "Maya Okonkwo")
  /// Writes Portuguese on WhatsApp.
  static let rafaela = WhatsAppUser(phone: "+5511987654321", profileName: "Rafaela N. 🌻")
  /// Writes Arabic on WhatsApp.
  static let amal = WhatsAppUser(phone: "+447700900123", profileName: "أمل حداد")
  /// Comes by an advertisement.
  static let jose = WhatsAppUser(phone: "+34600000143", profileName: "José Ibáñez")
  /// Hides the telephone number.
  static let lu = WhatsAppUser(userID: "AR.1389920147755001234567", profileName: "lu.gomez")
  /// Sends pictures by MMS and then wants silence.
  static let passerby = "+14155550186"

  /// Writes Spanish on WhatsApp's Cloud API and is known by a user name alone.
  static let ximena = CloudUser(
    userID: "MX.4820193847561029384", username: "xime.rueda", name: "Ximena Rueda")
  /// Writes on Instagram.
  static let noor = "6543210987654321"
  /// Writes on Messenger.
  static let tomas = "7012345678901234"

  /// Never wrote to the workshop.
  static let newcomer = "+447700900188"
  /// A telephone without text messages.
  static let landline = "+12065550107"

  /// Writes Serbian on Telegram.
  static let ivana = TelegramPerson(
    id: 6_012_345_678, firstName: "Ивана", lastName: "Ковач", username: "ivana_k",
    languageCode: "sr")
  /// Writes Japanese on Telegram and leads the group.
  static let aoi = TelegramPerson(
    id: 6_023_456_789, firstName: "葵", lastName: "山田", username: "aoi_rides", languageCode: "ja")
  /// Writes Hindi on Telegram.
  static let priya = TelegramPerson(
    id: 6_034_567_890, firstName: "प्रिया", lastName: "शर्मा", languageCode: "hi")
  /// Writes Greek on Telegram, shortly.
  static let giorgos = TelegramPerson(
    id: 6_045_678_901, firstName: "Γιώργος", username: "giorgos_p", languageCode: "el")
  /// The group they ride with.
  static let group = TelegramChat.group(
    id: -1_002_233_445_566, title: "Saturday ride 🚲", topic: nil)
}
