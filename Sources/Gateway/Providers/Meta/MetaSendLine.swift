/// What one of the two lines takes, where it is not what the other takes.
///
/// <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api>
/// and <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages>,
/// 2026.
struct MetaSendLine: Sendable {
  /// The line.
  let transport: TransportKind
  /// How people are known there: by an id that only this account has of them.
  let contactType: ContactType
  /// The name a person knows it by.
  let title: String
  /// How long a text may be, in ``measure``.
  let textMax: Int
  /// How a text is counted.
  let measure: TextSplitter.Measure
  /// How large an image may be, in bytes.
  let imageMax: Int64
  /// The media types of images; `nil` where any is tried.
  let imageTypes: Set<String>?
  /// The media types of documents; `nil` where any is tried.
  let documentTypes: Set<String>?
  /// Whether an emoji of love goes by that word.
  let namesLove: Bool
  /// Whether a message may carry a note that its echo gives back.
  let takesMetadata: Bool

  /// The longest text on Instagram, in bytes of UTF-8.
  static let instagramTextBytesMax = 1_000
  /// The longest text on Messenger, in UTF-16 units: Meta says characters, and units are never
  /// fewer.
  static let messengerTextUnitsMax = 2_000
  /// The largest image on Instagram, in bytes: 8 MB.
  static let instagramImageBytesMax: Int64 = 8 << 20
  /// The largest of any other file, and of all on Messenger, in bytes: 25 MB.
  static let fileBytesMax: Int64 = 25 << 20

  /// Instagram's.
  static let instagram = MetaSendLine(
    transport: .instagram, contactType: .instagram, title: "Instagram",
    textMax: instagramTextBytesMax, measure: .bytes, imageMax: instagramImageBytesMax,
    imageTypes: ["image/jpeg", "image/jpg", "image/png", "image/gif"],
    documentTypes: ["application/pdf"], namesLove: true, takesMetadata: false)
  /// Messenger's.
  static let messenger = MetaSendLine(
    transport: .messenger, contactType: .messenger, title: "Messenger",
    textMax: messengerTextUnitsMax, measure: .units, imageMax: fileBytesMax, imageTypes: nil,
    documentTypes: nil, namesLove: false, takesMetadata: true)

  /// The id a person has with the account.
  ///
  /// - Throws: ``Unsendable`` for what is none.
  func recipient(_ recipient: Recipient) throws(Unsendable) -> String {
    guard case .person(let address) = recipient, address.type == contactType,
      MetaApp.isID(address.value)
    else {
      throw Unsendable(
        .wrongAddress, field: "to",
        "\(title) knows people by the number they have with your account, and shows it when they "
          + "write: names cannot be written to.")
    }
    return address.value
  }
}
