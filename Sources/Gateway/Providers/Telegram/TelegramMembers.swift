/// Who comes into a group and leaves it, and who blocks the bot.
///
/// A join or leave may be told twice, by a service message and by an update of its own, depending
/// on the bot's rights. Both are kept: being in a group is a state, and saying it again changes
/// nothing.
extension TelegramUpdate {
  /// `my_chat_member` and `chat_member`: somebody's standing in a chat changed.
  func memberChange(_ kind: TelegramUpdateKind, _ json: JSON) -> Item {
    let date = json["date"]
    guard let place = TelegramPlace(json), let new = json["new_chat_member"],
      let isIn = Self.isIn(new)
    else { return unrecognised(kind.rawValue, at: date) }
    switch place.kind {
    case .channel: return ignored(kind.rawValue, at: date)
    case .direct:
      // In a private chat the bot's standing is the person's wish: nobody else can change it.
      guard kind == .myChatMember else { return ignored(kind.rawValue, at: date) }
      let report = PreferenceReport(
        person: place.party.person, transport: .telegram, choice: isIn ? .optedIn : .optedOut,
        source: isIn ? "unblocked" : "blocked")
      return item(.preference(report), prefix: "member", at: date)
    case .group:
      // A promotion or a restriction is neither coming nor leaving.
      if let old = json["old_chat_member"].flatMap(Self.isIn), old == isIn {
        return ignored(kind.rawValue, at: date)
      }
      guard let who = participant(new["user"]) else { return unrecognised(kind.rawValue, at: date) }
      return membership(place, joined: isIn ? [who] : [], left: isIn ? [] : [who], at: date)
    }
  }

  /// A service message about people who came or left; `nil` for any other message.
  func memberService(_ json: JSON, _ place: TelegramPlace) -> Item? {
    let joined = (json["new_chat_members"]?.array ?? []).compactMap(participant)
    let left = [participant(json["left_chat_member"])].compactMap(\.self)
    guard place.kind == .group, !(joined.isEmpty && left.isEmpty) else { return nil }
    return membership(place, joined: joined, left: left, at: json["date"])
  }

  private func membership(
    _ place: TelegramPlace, joined: [MembershipChange.Participant],
    left: [MembershipChange.Participant], at date: JSON?
  ) -> Item {
    // People are in the group as a whole, whatever topic the message about it stands in.
    let change = MembershipChange(
      transport: .telegram, conversation: .group(key: String(place.chatID), title: place.title),
      joined: joined, left: left)
    return item(.membership(change), prefix: "member", at: date)
  }

  private func participant(_ user: JSON?) -> MembershipChange.Participant? {
    guard let party = TelegramParty(user: user) else { return nil }
    return MembershipChange.Participant(
      person: party.person, sender: party.sender, isSelf: party.id == botID)
  }

  /// Whether a `ChatMember` is in the chat; `nil` for a standing we do not know.
  private static func isIn(_ member: JSON) -> Bool? {
    switch member["status"]?.string {
    case "creator", "administrator", "member": true
    // The restricted may be out already, and are restricted for when they come back.
    case "restricted": member["is_member"]?.bool ?? true
    case "left", "kicked": false
    default: nil
    }
  }
}
