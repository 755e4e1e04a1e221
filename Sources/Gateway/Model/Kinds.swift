/// The kind of line a message travels on.
package enum TransportKind: String, CaseIterable, Sendable {
  case sms
  case whatsapp
  case telegram
  case email
  case instagram
  case messenger
  case website
  case phone
  case push
  case other
}

/// The kind of address a contact holds.
package enum ContactType: String, CaseIterable, Sendable {
  case email
  case phone
  case telegram
  case whatsapp
  case instagram
  case messenger
  case website
  case push
  case other
}

/// Which way a message went, seen from the organisation.
package enum Direction: String, Sendable {
  case inbound
  case outbound
}

/// Why a message is written. A person may want no advertisements, and yet answers to their
/// questions.
package enum MessagePurpose: String, CaseIterable, Sendable {
  /// Answers, notices, receipts: what belongs to what the person does.
  case service
  /// What they did not ask for.
  case marketing
}

/// What a message mainly is.
package enum MessageKind: String, CaseIterable, Sendable {
  case text
  case media
  case location
  case contact
  case interactive
  case template
  case call
  case system
}

/// What a file of a message is.
package enum AttachmentKind: String, Sendable {
  case image
  case video
  case audio
  case voice
  case document
  case sticker
  case animation
  case contactCard = "contact_card"
  case other

  /// The kind a media type suggests.
  package init(contentType: String) {
    let type = contentType.prefix { $0 != ";" }.lowercased()
    switch type {
    case "text/vcard", "text/x-vcard", "text/directory": self = .contactCard
    case "application/ogg": self = .audio
    case _ where type.hasPrefix("image/"): self = .image
    case _ where type.hasPrefix("video/"): self = .video
    case _ where type.hasPrefix("audio/"): self = .audio
    default: self = .document
    }
  }
}

/// Whether a chat is with one client or with many.
package enum ChatKind: String, Sendable {
  case direct
  case group
}

/// What became of a raw inbound request.
package enum ReceiptState: String, CaseIterable, Sendable {
  /// Everything it told us is in the database.
  case processed
  /// It told us only what we knew already.
  case duplicate
  /// Genuine and readable, but of a kind we have no use for.
  case ignored
  /// Genuine, but of a kind we do not know.
  case unrecognised
  /// It speaks of an account or address that no channel of the tenant has.
  case unrouted
  /// Its signature is right but its body cannot be read.
  case unreadable
  /// Its signature is missing or wrong.
  case quarantined
  /// We could not process it: our fault, waiting for a reprocess.
  case failed
}

/// How far a message got.
package enum MessageStatus: String, CaseIterable, Sendable {
  case received
  case queued
  case sending
  case sent
  case delivered
  case read
  case failed
  case undeliverable
  case expired
  case canceled
  case blocked
  case unknown
}
