/// Who a message is from, each kind with what is known about it.
package enum Sender: Equatable, Sendable {
  /// A person or program of the organisation.
  case user(UserSender)
  /// A client whose line does not matter: their own record says the rest.
  case client(ClientSender)
  case telegram(TelegramSender)
  case whatsapp(WhatsAppSender)
  case sms(SMSSender)
  case email(EmailSender)
  case instagram(InstagramSender)
  case website(WebsiteSender)
  case other(OtherSender)

  /// The word in `sender.type`.
  package var type: String {
    switch self {
    case .user: "user"
    case .client: "client"
    case .telegram: "telegram"
    case .whatsapp: "whatsapp"
    case .sms: "sms"
    case .email: "email"
    case .instagram: "instagram"
    case .website: "website"
    case .other: "other"
    }
  }

  /// The sender as JSON: `{"type",…}`, unknown members left out.
  package var json: JSON {
    var object: JSONObject = ["type": .string(type)]
    for (name, value) in members where !value.isNull { object[name] = value }
    return .object(object)
  }

  private var members: [(String, JSON)] {
    switch self {
    case .user(let user): [("id", JSON(user.id)), ("name", JSON(user.name))]
    case .client(let client): [("id", JSON(client.id)), ("name", JSON(client.name))]
    case .telegram(let person): person.members
    case .whatsapp(let person):
      [
        ("phone", JSON(person.phone)), ("user_id", JSON(person.userID)),
        ("profile_name", JSON(person.profileName)),
      ]
    case .sms(let person):
      [
        ("phone", .string(person.phone)), ("city", JSON(person.city)),
        ("state", JSON(person.state)), ("zip", JSON(person.zip)),
        ("country", JSON(person.country)),
      ]
    case .email(let person): [("address", .string(person.address)), ("name", JSON(person.name))]
    case .instagram(let person):
      [("user_id", .string(person.userID)), ("username", JSON(person.username))]
    case .website(let person):
      [("visitor_id", .string(person.visitorID)), ("name", JSON(person.name))]
    case .other(let person):
      [
        ("network", .string(person.network)), ("address", .string(person.address)),
        ("name", JSON(person.name)),
      ]
    }
  }
}

/// A person or program of the organisation.
package struct UserSender: Equatable, Sendable {
  /// The identifier, where the organisation gave one.
  package var id: String?
  /// The name to show.
  package var name: String?

  /// A user.
  package init(id: String? = nil, name: String? = nil) {
    self.id = id
    self.name = name
  }
}

/// A client, by record.
package struct ClientSender: Equatable, Sendable {
  /// The client's identifier.
  package var id: String?
  /// The name to show.
  package var name: String?

  /// A client.
  package init(id: String? = nil, name: String? = nil) {
    self.id = id
    self.name = name
  }
}

/// A Telegram user, or a chat that speaks as itself (anonymous administrators, channels).
package struct TelegramSender: Equatable, Sendable {
  /// The user's or chat's number.
  package var id: Int64
  /// True when a chat speaks and not a user.
  package var isChat = false
  /// The first name, or a chat's title.
  package var firstName: String?
  /// The last name.
  package var lastName: String?
  /// The handle without `@`. Changes and vanishes.
  package var username: String?
  /// IETF language tag of the user's app.
  package var languageCode: String?
  /// Whether it is a bot.
  package var isBot = false

  /// A sender with that number.
  package init(id: Int64) { self.id = id }

  fileprivate var members: [(String, JSON)] {
    [
      ("id", .integer(id)), ("is_chat", isChat ? true : nil), ("first_name", JSON(firstName)),
      ("last_name", JSON(lastName)), ("username", JSON(username)),
      ("language_code", JSON(languageCode)), ("is_bot", isBot ? true : nil),
    ]
  }
}

/// A WhatsApp user: by number, by business-scoped id, or both.
package struct WhatsAppSender: Equatable, Sendable {
  /// The number in E.164; absent when the user hides it.
  package var phone: String?
  /// The business-scoped user id.
  package var userID: String?
  /// The name the user chose to show.
  package var profileName: String?

  /// A WhatsApp user.
  package init(phone: String? = nil, userID: String? = nil, profileName: String? = nil) {
    self.phone = phone
    self.userID = userID
    self.profileName = profileName
  }
}

/// Somebody with a telephone; the place is the carrier's guess.
package struct SMSSender: Equatable, Sendable {
  /// The number in E.164, a short code or an alphanumeric name.
  package var phone: String
  /// The city of the number.
  package var city: String?
  /// The state or province of the number.
  package var state: String?
  /// The postal code of the number.
  package var zip: String?
  /// The country of the number, ISO 3166.
  package var country: String?

  /// A telephone.
  package init(phone: String) { self.phone = phone }
}

/// Somebody with a mailbox.
package struct EmailSender: Equatable, Sendable {
  /// The address.
  package var address: String
  /// The display name.
  package var name: String?

  /// A mailbox.
  package init(address: String, name: String? = nil) {
    self.address = address
    self.name = name
  }
}

/// An Instagram account.
package struct InstagramSender: Equatable, Sendable {
  /// The app-scoped id.
  package var userID: String
  /// The handle.
  package var username: String?

  /// An account.
  package init(userID: String, username: String? = nil) {
    self.userID = userID
    self.username = username
  }
}

/// A visitor of the organisation's own pages.
package struct WebsiteSender: Equatable, Sendable {
  /// The visitor's identifier.
  package var visitorID: String
  /// The name they gave.
  package var name: String?

  /// A visitor.
  package init(visitorID: String, name: String? = nil) {
    self.visitorID = visitorID
    self.name = name
  }
}

/// Somebody on a line without a case of its own, such as Messenger or RCS.
package struct OtherSender: Equatable, Sendable {
  /// The line, such as `messenger`.
  package var network: String
  /// The address there.
  package var address: String
  /// The name to show.
  package var name: String?

  /// A sender on that line.
  package init(network: String, address: String, name: String? = nil) {
    self.network = network
    self.address = address
    self.name = name
  }
}
