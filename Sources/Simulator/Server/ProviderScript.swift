import Gateway

/// How the stand-ins for the providers' APIs behave. The default: everything succeeds at once.
///
/// What happens to a send is a function of the seed, the recipient, and how many sends to them came
/// before: other recipients and threads change nothing.
package struct ProviderScript: Equatable, Sendable {
  /// Repeats a run, its ids too.
  package var seed: UInt64 = 1
  /// Failures by chance.
  package var errors = Errors()
  /// Failures of particular sends; they go before those by chance.
  package var steps: [Step] = []
  /// Times in which everything fails.
  package var outages: [Outage] = []
  /// How long answers take.
  package var latency = Latency()
  /// How fast may be sent; `nil` for as fast as anybody can.
  package var limits: Limits?
  /// What becomes of a message after it was accepted.
  package var statuses = Statuses()
  /// Files to fetch.
  package var media = Media()
  /// What Twilio knows of its senders and people.
  package var twilio = TwilioPeople()
  /// What Meta knows of its accounts, people and templates.
  package var meta = GraphScript()
  /// What is wrong with chats of Telegram, by their id; beside ``TelegramTrouble/magic``.
  package var telegramChats: [Int64: TelegramTrouble] = [:]
  /// Messages that cannot be replied to, by their number in any chat.
  package var telegramMissingMessages: Set<Int64> = []
  /// How long a time-out holds the connection open before it is closed.
  package var holdMilliseconds = 120_000
  /// How long ``ProviderFault/hugeBody`` is.
  package var hugeBodyBytes = 16 << 20

  /// Everything succeeds at once.
  package init() {}

  /// Failures by chance.
  package struct Errors: Equatable, Sendable {
    /// The share of sends that fail, 0 to 1.
    package var rate = 0.0
    /// How often each kind of failure is, in relation to the others.
    package var mix: [ProviderFault: Int] = [.tooMany: 1, .serverError: 1, .timeoutAfter: 1]
    /// What `Retry-After` says, in seconds.
    package var retryAfterSeconds = 1...2
    /// So many sends to one recipient fail in a row at most; `nil` for no such limit.
    package var inRowMax: Int?
    /// Whether a 429 is for the sender as a whole and not for one recipient.
    package var limitsSender = false

    /// None.
    package init() {}
  }

  /// What happens to particular sends.
  package struct Step: Equatable, Sendable {
    /// Whom they are to; `nil` for anybody.
    package var recipient: String?
    /// The first of them, counted from 1 for each recipient.
    package var from: Int
    /// How many.
    package var count: Int
    /// What happens.
    package var fault: ProviderFault

    /// Fails `count` sends from number `from` on.
    package init(recipient: String? = nil, from: Int, count: Int = 1, fault: ProviderFault) {
      self.recipient = recipient
      self.from = from
      self.count = count
      self.fault = fault
    }

    /// Whether it is about send number `ordinal` to `recipient`.
    func covers(_ ordinal: Int, to recipient: String) -> Bool {
      (self.recipient ?? recipient) == recipient && ordinal >= from && ordinal - from < count
    }
  }

  /// A time in which every request fails.
  package struct Outage: Equatable, Sendable {
    /// By the number of the request, counted from 1.
    package var requests: Range<Int>?
    /// By milliseconds since the start.
    package var milliseconds: Range<Int64>?
    /// How they fail.
    package var fault: ProviderFault

    /// An outage by number, by time, or both together.
    package init(
      requests: Range<Int>? = nil, milliseconds: Range<Int64>? = nil,
      fault: ProviderFault = .serverError
    ) {
      self.requests = requests
      self.milliseconds = milliseconds
      self.fault = fault
    }

    /// Whether a request is in it.
    func covers(number: Int, milliseconds elapsed: Int64) -> Bool {
      (requests != nil || milliseconds != nil) && requests?.contains(number) != false
        && milliseconds?.contains(elapsed) != false
    }
  }

  /// How long answers take.
  package struct Latency: Equatable, Sendable {
    /// Any time of these, in milliseconds.
    package var milliseconds = 0...0
    /// The share of answers that take longer.
    package var slowRate = 0.0
    /// How long those take.
    package var slowMilliseconds = 1000

    /// None.
    package init() {}
  }

  /// How fast may be sent. Who is faster gets 429, and the ledger a violation.
  package struct Limits: Equatable, Sendable {
    /// So much in a second, so much at once after a pause.
    package struct Rate: Equatable, Sendable {
      /// Sends or segments a second.
      package var perSecond: Double
      /// At once after a pause; at least 1.
      package var burst: Double

      /// A rate.
      package init(perSecond: Double, burst: Double = 1) {
        self.perSecond = perSecond
        self.burst = max(1, burst)
      }
    }

    /// Segments of one Twilio sender.
    package var twilioSender: Rate?
    /// Messages of one sender of WhatsApp at Twilio.
    package var twilioWhatsAppSender: Rate?
    /// Messages to one Telegram chat.
    package var telegramChat: Rate?
    /// Messages to one Telegram group.
    package var telegramGroup: Rate?
    /// Messages of one Telegram bot.
    package var telegramBot: Rate?
    /// Messages of one number of WhatsApp's Cloud API: 130429.
    package var cloudNumber: Rate?
    /// Messages of one number to one person on WhatsApp's Cloud API: 131056.
    package var cloudPair: Rate?
    /// Messages of one Instagram account or page: 613.
    package var metaAccount: Rate?
    /// How much too early a request may come: networks are not even.
    package var slackMilliseconds: Int64 = 0
    /// Requests that were under way when a 429 was answered: refused, but no violation.
    package var graceMilliseconds: Int64 = 0

    /// No limits.
    package init() {}

    /// What the providers publish: <https://www.twilio.com/docs/api/errors/30001>,
    /// <https://core.telegram.org/bots/faq> and
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput>, with
    /// a twentieth of a second for the network.
    package static var published: Limits {
      var limits = Limits()
      limits.twilioSender = Rate(perSecond: 1)
      limits.twilioWhatsAppSender = Rate(perSecond: 20, burst: 20)
      limits.telegramChat = Rate(perSecond: 1)
      limits.telegramGroup = Rate(perSecond: 20.0 / 60, burst: 20)
      limits.telegramBot = Rate(perSecond: 30, burst: 30)
      limits.cloudNumber = Rate(perSecond: 80, burst: 80)
      limits.cloudPair = Rate(perSecond: 1.0 / 6, burst: 45)
      limits.metaAccount = Rate(perSecond: 300, burst: 300)
      limits.slackMilliseconds = 50
      limits.graceMilliseconds = 100
      return limits
    }
  }

  /// What becomes of an accepted Twilio message, and how its callbacks are told.
  package struct Statuses: Equatable, Sendable {
    /// The time between two steps.
    package var delayMilliseconds = 1...5
    /// The share of messages whose callbacks come in another order.
    package var shuffledRate = 0.0
    /// The share of callbacks that come twice.
    package var duplicatedRate = 0.0
    /// The share of callbacks that never come.
    package var lostRate = 0.0
    /// The share of messages whose callbacks come late.
    package var lateRate = 0.0
    /// How late.
    package var lateMilliseconds = 5000
    /// The share of WhatsApp messages that are read.
    package var readRate = 1.0
    /// The share of messages that are not delivered.
    package var failedRate = 0.0
    /// Why they are not.
    package var failedCode = 30003

    /// Every message is delivered, and told so at once.
    package init() {}
  }

  /// Files to fetch.
  package struct Media: Equatable, Sendable {
    /// How long the address of a file's bytes is good.
    package var expirySeconds: Int64 = 3600
    /// How often a file is not there yet.
    package var notReadyTimes = 0

    /// Files are there, for an hour.
    package init() {}
  }

  /// What Twilio knows of its senders and people, beside the magic numbers of ``TwilioMagic``.
  package struct TwilioPeople: Equatable, Sendable {
    /// The senders of the account; empty for any.
    package var senders: Set<String> = []
    /// Who does not want messages: 21610.
    package var optedOut: Set<String> = []
    /// Error codes at once, by recipient.
    package var errors: [String: Int] = [:]
    /// Error codes in a later status, by recipient.
    package var statusErrors: [String: Int] = [:]
    /// People of WhatsApp who did not write for a day: without a template, 63016 later.
    package var closedWindows: Set<String> = []

    /// Nothing in particular.
    package init() {}
  }
}

/// Recipients whose number says what happens to them.
package enum TwilioMagic {
  /// With five digits of a code behind it: that error at once, such as `+150055521610`.
  package static let errorPrefix = "+1500555"
  /// With five digits of a code behind it: that error in a later status.
  package static let statusPrefix = "+1500556"

  /// The code behind a prefix; `nil` for an ordinary number.
  static func code(in address: String, behind prefix: String) -> Int? {
    let number = address.split(separator: ":").last ?? ""
    guard number.hasPrefix(prefix) else { return nil }
    let digits = number.dropFirst(prefix.count)
    return digits.utf8.count == 5 ? Int(digits) : nil
  }
}

/// What is wrong with a chat of Telegram.
package enum TelegramTrouble: Equatable, Sendable {
  /// There is none.
  case notFound
  /// The person blocked the bot.
  case blocked
  /// The person's account is gone.
  case deactivated
  /// The person never wrote to the bot.
  case notStarted
  /// The bot was thrown out of the group.
  case kicked
  /// The bot may not write there.
  case noRights
  /// The group has become a supergroup of that id.
  case migrated(to: Int64)

  /// Chats whose id says what happens: 500555400, 500555401, …, and the group -500555400.
  package static let magic: [Int64: TelegramTrouble] = [
    500_555_400: .notFound, 500_555_401: .deactivated, 500_555_402: .notStarted,
    500_555_403: .blocked, -500_555_403: .kicked, -500_555_401: .noRights,
    -500_555_400: .migrated(to: -1_000_500_555_400),
  ]

  /// The words of a script.
  static let words: [String: TelegramTrouble] = [
    "not_found": .notFound, "blocked": .blocked, "deactivated": .deactivated,
    "not_started": .notStarted, "kicked": .kicked, "no_rights": .noRights,
  ]

  /// The server's answer.
  var error: TelegramError {
    switch self {
    case .notFound: TelegramError(400, "Bad Request: chat not found")
    case .blocked: TelegramError(403, "Forbidden: bot was blocked by the user")
    case .deactivated: TelegramError(403, "Forbidden: user is deactivated")
    case .notStarted:
      TelegramError(403, "Forbidden: bot can't initiate conversation with a user")
    case .kicked: TelegramError(403, "Forbidden: bot was kicked from the group chat")
    case .noRights:
      TelegramError(400, "Bad Request: not enough rights to send text messages to the chat")
    case .migrated(let id):
      TelegramError(
        400, "Bad Request: group chat was upgraded to a supergroup chat",
        parameters: ["migrate_to_chat_id": .integer(id)])
    }
  }
}
