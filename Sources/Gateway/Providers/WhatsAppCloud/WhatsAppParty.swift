/// Somebody on WhatsApp: by number, by business-scoped user id, or both.
///
/// Who takes a username is known by the user id alone; the number is then left out or empty.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>,
/// March 2026.
struct WhatsAppParty {
  /// The number, in E.164 and as Meta wrote it.
  private(set) var phone: (value: String, raw: String)?
  /// The user id: opaque, never normalised.
  private(set) var userID: String?
  /// The name the person shows.
  private(set) var name: String?
  /// The handle without `@`. Changes and vanishes.
  private(set) var username: String?

  /// Somebody by what a request calls them; `nil` when it does not say who.
  init?(number: String?, userID: String?, in contacts: WhatsAppContacts) {
    let contact = contacts.contact(number: number, userID: userID)
    self.userID = userID
    add(number: number)
    if let contact { add(contact) }
    if phone == nil, self.userID == nil { return nil }
  }

  private mutating func add(number: String?) {
    guard let number else { return }
    let digits = number.hasPrefix("+") ? number : "+\(number)"
    if let value = PhoneNumber.e164(digits) {
      phone = (value, number)
    } else {
      // Whatever it is, it is how they are called.
      userID = userID ?? number
    }
  }

  private mutating func add(_ contact: JSON) {
    if phone == nil, let number = WhatsAppJSON.text(contact["wa_id"]),
      let value = PhoneNumber.e164("+\(number)")
    {
      phone = (value, number)
    }
    userID = userID ?? WhatsAppJSON.text(contact["user_id"])
    name = WhatsAppJSON.text(contact["profile"]?["name"])
    username = WhatsAppJSON.text(contact["profile"]?["username"]).map {
      $0.hasPrefix("@") ? String($0.dropFirst()) : $0
    }
  }

  /// The person behind it: first the id that they keep when they hide their number.
  var person: Person {
    var addresses: [Address] = []
    if let userID { addresses.append(Address(type: .whatsapp, value: userID)) }
    if let phone { addresses += Self.addresses(ofPhone: phone.value, raw: phone.raw) }
    return Person(addresses: addresses, displayName: name ?? username)
  }

  /// The same as a sender.
  var sender: Sender {
    .whatsapp(WhatsAppSender(phone: phone?.value, userID: userID, profileName: name))
  }

  /// What a number is on WhatsApp and elsewhere.
  static func addresses(ofPhone value: String, raw: String) -> [Address] {
    [
      Address(type: .whatsapp, value: value, raw: raw),
      Address(type: .phone, value: value, raw: raw),
    ]
  }
}

/// The people that a change names, found by number or user id: their order says nothing.
struct WhatsAppContacts {
  private var byID: [String: JSON] = [:]
  private var only: JSON?

  /// The elements of `contacts`.
  init(_ json: JSON?) {
    let contacts = (json?.array ?? []).filter { $0.object != nil }
    for contact in contacts {
      for name in ["wa_id", "user_id"] {
        if let id = WhatsAppJSON.text(contact[name]) { byID[id] = contact }
      }
    }
    if contacts.count == 1 { only = contacts.first }
  }

  /// The contact of somebody; of nobody the only one there is.
  func contact(number: String?, userID: String?) -> JSON? {
    if number == nil, userID == nil { return only }
    return number.flatMap { byID[$0] } ?? userID.flatMap { byID[$0] }
  }
}
