/// The life of one outbound message on one channel. A message that falls back to another channel
/// has several, one after another.
package struct Delivery: Identified, Equatable, Sendable {
  /// `dlv_…`
  package static let idPrefix: StaticString = "dlv_"

  /// How urgent it is. There is no strict priority: `high` has a share of its own.
  package enum Priority: String, CaseIterable, Sendable {
    case normal
    case high

    /// The number in the store.
    package var rank: Int64 { self == .high ? 1 : 0 }
  }

  /// How far it got.
  package enum State: String, CaseIterable, Sendable {
    /// Waits for its time, or for its turn.
    case queued
    /// A request is under way, or was when the daemon ended.
    case sending
    /// The provider has all of it; the message's status tells the rest.
    case accepted
    case failed
    case undeliverable
    case expired
    case canceled
    case blocked
    /// Nobody knows whether the provider has it.
    case unknown

    /// What it makes of its message when it ends so; `nil` while it has not ended.
    package var status: MessageStatus? {
      switch self {
      case .queued, .sending: nil
      case .accepted: .sent
      case .failed: .failed
      case .undeliverable: .undeliverable
      case .expired: .expired
      case .canceled: .canceled
      case .blocked: .blocked
      case .unknown: .unknown
      }
    }

    /// Whether a replay may take it up: it ended without having been accepted.
    package var isReplayable: Bool {
      switch self {
      case .failed, .undeliverable, .expired, .blocked, .unknown: true
      case .queued, .sending, .accepted, .canceled: false
      }
    }
  }

  /// Its identifier. The first delivery of a message has the message's number.
  package let id: ID<Delivery>
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// What is to be delivered.
  package let messageID: ID<Message>
  /// Its place among the message's deliveries, from 0: later ones are fallbacks.
  package let ordinal: Int64
  /// Through what.
  package let channelID: ID<Channel>
  /// On which line.
  package let transport: TransportKind
  /// To whom: the lane it waits in, together with the channel.
  package let recipient: Recipient
  /// The contact behind the recipient; a group has none.
  package let contactID: ID<Contact>?
  /// How urgent it is.
  package let priority: Priority
  /// Why it is written.
  package var purpose = MessagePurpose.service
  /// How far it got.
  package var state: State
  /// Why it went no further.
  package var error: ProviderError?
  /// What a person should know, such as "sent without formatting".
  package var note: String?
  /// How many parts it has.
  package var partCount: Int64
  /// How many of them were accepted.
  package var partNext: Int64 = 0
  /// Which series of attempts it is in, from 1: each replay begins another.
  package var series: Int64 = 1
  /// How many attempts the current part had in this series.
  package var tries: Int64 = 0
  /// How many attempts it had in all.
  package var attemptCount: Int64 = 0
  /// Counts the claims: an outcome of an earlier one counts no more.
  package var lease: Int64 = 0
  /// Its place in the line for its recipient; `nil` once it has left that.
  package var laneAt: Instant?
  /// When there is something to do; `nil` while others are before it, or a request is under way.
  package var dueAt: Instant?
  /// Before when it must not be tried again.
  package var retryAt: Instant?
  /// When the attempt under way began.
  package var startedAt: Instant?
  /// When its first attempt in this series began.
  package var triedAt: Instant?
  /// When it let those behind it go first.
  package var gaveWayAt: Instant?
  /// After when it must not be sent any more.
  package let expiresAt: Instant
  /// What is to be tried when it fails, in order: channels and kinds of line.
  package var fallback: [String] = []
  /// When it was made.
  package let createdAt: Instant
  /// When it last changed.
  package var updatedAt: Instant

  /// A delivery that waits.
  package init(
    id: ID<Delivery>, tenantID: ID<Tenant>, messageID: ID<Message>, ordinal: Int64,
    channelID: ID<Channel>, transport: TransportKind, recipient: Recipient,
    contactID: ID<Contact>?, priority: Priority, partCount: Int64, laneAt: Instant,
    expiresAt: Instant, createdAt: Instant
  ) {
    self.id = id
    self.tenantID = tenantID
    self.messageID = messageID
    self.ordinal = ordinal
    self.channelID = channelID
    self.transport = transport
    self.recipient = recipient
    self.contactID = contactID
    self.priority = priority
    state = .queued
    self.partCount = partCount
    self.laneAt = laneAt
    self.expiresAt = expiresAt
    self.createdAt = createdAt
    updatedAt = createdAt
  }

  /// The delivery as JSON. Whom it goes to is not in it: that is personal data, and the message's.
  package var json: JSON {
    [
      "id": .string(id.description), "tenant_id": .string(tenantID.description),
      "message_id": .string(messageID.description), "channel_id": .string(channelID.description),
      "transport": .string(transport.rawValue), "ordinal": .integer(ordinal),
      "state": .string(state.rawValue), "priority": .string(priority.rawValue),
      "purpose": .string(purpose.rawValue),
      "error": error?.json ?? .null, "note": JSON(note), "parts": .integer(partCount),
      "parts_accepted": .integer(partNext), "attempts": .integer(attemptCount),
      "series": .integer(series), "due_at": JSON(retryAt ?? dueAt), "gave_way_at": JSON(gaveWayAt),
      "expires_at": JSON(expiresAt), "fallback": .array(fallback.map(JSON.string)),
      "created_at": JSON(createdAt), "updated_at": JSON(updatedAt),
    ]
  }
}

/// One try at one part of a delivery: every exchange with the provider, and what came of it.
package struct Attempt: Identified, Equatable, Sendable {
  /// `try_…`
  package static let idPrefix: StaticString = "try_"
  /// Its identifier.
  package let id: ID<Attempt>
  /// What it was for.
  package let deliveryID: ID<Delivery>
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// Its place among the delivery's attempts, from 1.
  package let number: Int64
  /// The series it belongs to.
  package let series: Int64
  /// The part it was for, from 0.
  package let part: Int64
  /// When it began: committed before the provider was called.
  package let startedAt: Instant
  /// When its outcome was known.
  package let endedAt: Instant
  /// A word of ``SendOutcome/words``, or `settled`, `interrupted`.
  package let outcome: String
  /// Why it failed.
  package let error: ProviderError?
  /// What a person should know.
  package let note: String?
  /// The exchanges as JSON: a list of
  /// `{"step","method","url","request","status","response","timing","failure"}`, secrets hidden.
  package let exchanges: [UInt8]

  /// An attempt that has ended.
  package init(
    id: ID<Attempt>, deliveryID: ID<Delivery>, tenantID: ID<Tenant>, number: Int64, series: Int64,
    part: Int64, startedAt: Instant, endedAt: Instant, outcome: String, error: ProviderError?,
    note: String?, exchanges: [UInt8]
  ) {
    self.id = id
    self.deliveryID = deliveryID
    self.tenantID = tenantID
    self.number = number
    self.series = series
    self.part = part
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.outcome = outcome
    self.error = error
    self.note = note
    self.exchanges = exchanges
  }

  /// The attempt as JSON.
  package var json: JSON {
    [
      "id": .string(id.description), "delivery_id": .string(deliveryID.description),
      "number": .integer(number), "series": .integer(series), "part": .integer(part),
      "started_at": JSON(startedAt), "ended_at": JSON(endedAt), "outcome": .string(outcome),
      "error": error?.json ?? .null, "note": JSON(note),
      "exchanges": (try? JSON.parse(exchanges)) ?? [],
    ]
  }
}
