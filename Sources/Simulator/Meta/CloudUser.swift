import Gateway

/// A person as WhatsApp's Cloud API shows them.
package struct CloudUser: Equatable, Sendable {
  /// The telephone number with `+`; `nil` for one who is known by a user name.
  package var phone: String?
  /// The business-scoped id, such as `AR.7755331199`; `nil` in posts from before there were any.
  package var userID: String?
  /// The user name, without `@`.
  package var username: String?
  /// The name they show.
  package var name: String
  /// Whether what is not told is there as an empty text, as some posts have it.
  package var hasEmptyMembers = false

  /// A person known by a number, with the id that the API answers for it too.
  package init(phone: String, name: String) {
    self.phone = phone
    self.name = name
    userID = MetaID.userID(phone: phone)
  }

  /// A person who shows no number.
  package init(userID: String, username: String?, name: String) {
    self.userID = userID
    self.username = username
    self.name = name
  }

  /// The number as WhatsApp writes it, without `+`.
  var waID: String? { phone.map { String($0.drop { $0 == "+" }) } }

  /// What a message to them is sent to.
  package var address: String { phone ?? userID ?? "" }

  /// The entry in `contacts`.
  var contact: JSON {
    var profile: JSONObject = ["name": .string(name)]
    profile["username"] = username.map(JSON.string)
    var contact: JSONObject = ["profile": .object(profile)]
    contact["wa_id"] = told(waID)
    contact["user_id"] = told(userID)
    return .object(contact)
  }

  /// The members of a message that say who it is from.
  var from: JSONObject {
    var members: JSONObject = [:]
    members["from"] = told(waID)
    members["from_user_id"] = told(userID)
    return members
  }

  private func told(_ text: String?) -> JSON? {
    (text ?? (hasEmptyMembers ? "" : nil)).map(JSON.string)
  }
}
