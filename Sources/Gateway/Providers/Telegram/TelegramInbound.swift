/// Reading webhooks: one update each, never a batch.
extension Telegram {
  /// What the update tells, by its kind.
  ///
  /// - Throws: ``Unreadable`` for what is not an update at all. An update we know nothing of, or
  ///   one with a part missing, is no error: it becomes `unrecognised`.
  package func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    if let type = request.headers.mediaType, type != "application/json" {
      throw Unreadable("the content type is not application/json")
    }
    let document: JSON
    do {
      document = try JSON.parse(request.body)
    } catch {
      throw Unreadable("the body is not JSON: \(error)")
    }
    guard case .object(let members) = document else {
      throw Unreadable("the body is not a JSON object")
    }
    guard let number = members["update_id"]?.integer else {
      throw Unreadable("the body has no update_id")
    }
    return TelegramUpdate(id: number, botID: botID).items(members)
  }
}

/// An update being read.
struct TelegramUpdate {
  /// The update's number: what makes a fact without an id of its own one of a kind.
  let id: Int64
  /// The bot's own number.
  let botID: Int64

  /// The items of the update with these members.
  func items(_ members: JSONObject) -> [Item] {
    for member in members {
      guard let kind = TelegramUpdateKind(rawValue: member.key) else { continue }
      guard member.value.object != nil else { return [unrecognised(kind.rawValue)] }
      return items(kind, member.value)
    }
    let unknown = members.keys.first { $0 != "update_id" } ?? ""
    return [unrecognised(TelegramJSON.kind(unknown, otherwise: "update"))]
  }

  private func items(_ kind: TelegramUpdateKind, _ json: JSON) -> [Item] {
    switch kind {
    case .message, .businessMessage, .guestMessage: [message(kind, json)]
    case .editedMessage, .editedBusinessMessage: [edit(kind, json)]
    case .deletedBusinessMessages: deletions(json)
    case .callbackQuery: [callback(json)]
    case .messageReaction: [reaction(json)]
    case .myChatMember, .chatMember: [memberChange(kind, json)]
    case .businessConnection: [businessConnection(json)]
    // Not said to a person of the organisation: posts of channels, votes, totals, sales, searches.
    case .channelPost, .editedChannelPost, .messageReactionCount, .inlineQuery,
      .chosenInlineResult, .shippingQuery, .preCheckoutQuery, .purchasedPaidMedia, .poll,
      .pollAnswer, .chatJoinRequest, .chatBoost, .removedChatBoost, .managedBot, .subscription,
      .stoppedMessageGeneration:
      [ignored(kind.rawValue, at: json["date"])]
    }
  }

  /// An item without an id of its own.
  func item(_ fact: Fact, prefix: String = "update", at date: JSON? = nil) -> Item {
    Item(key: "\(prefix):\(id)", occurredAt: TelegramJSON.instant(date), fact: fact)
  }

  /// Something known that a conversation has no use for.
  func ignored(_ kind: String, at date: JSON? = nil) -> Item {
    item(.ignored(kind: kind), at: date)
  }

  /// Something not known, or without the part that would make it something.
  func unrecognised(_ kind: String, at date: JSON? = nil) -> Item {
    item(.unrecognised(kind: kind), at: date)
  }

  /// All of a person's reactions to one message. Telegram always sends the whole new list.
  private func reaction(_ json: JSON) -> Item {
    let kind = TelegramUpdateKind.messageReaction.rawValue
    guard let place = TelegramPlace(json), let number = json["message_id"]?.integer,
      let reactions = json["new_reaction"]?.array
    else { return unrecognised(kind, at: json["date"]) }
    // An anonymous administrator reacts as a chat.
    let party = TelegramParty(user: json["user"]) ?? TelegramParty(chat: json["actor_chat"])
    let emojis = reactions.compactMap { reaction -> String? in
      switch reaction["type"]?.string {
      case "custom_emoji": TelegramJSON.text(reaction["custom_emoji_id"]).map { "custom:\($0)" }
      case "paid": "paid"
      default: TelegramJSON.text(reaction["emoji"])
      }
    }
    let report = ReactionReport(
      messageID: place.messageID(number), person: party?.person, emojis: emojis)
    return item(.reaction(report), prefix: "reaction", at: json["date"])
  }

  /// Messages of a connected account that are gone, one item each: a message is deleted once.
  private func deletions(_ json: JSON) -> [Item] {
    let ids = json["message_ids"]?.array?.compactMap(\.integer) ?? []
    guard let place = TelegramPlace(json), !ids.isEmpty else {
      return [unrecognised(TelegramUpdateKind.deletedBusinessMessages.rawValue)]
    }
    var seen: Set<Int64> = []
    return ids.filter { seen.insert($0).inserted }.map { number in
      let messageID = place.messageID(number)
      return Item(
        key: "deletion:\(messageID)", fact: .deletion(MessageDeletion(messageID: messageID)))
    }
  }

  /// A personal account was connected to the bot, changed its rights or was disconnected.
  private func businessConnection(_ json: JSON) -> Item {
    guard let connection = TelegramJSON.text(json["id"]), let isEnabled = json["is_enabled"]?.bool
    else {
      return unrecognised(TelegramUpdateKind.businessConnection.rawValue, at: json["date"])
    }
    let report = HealthReport(
      state: isEnabled ? .recovered : .broken, scope: "business_connection:\(connection)",
      reason: isEnabled
        ? "A personal account is connected to the bot."
        : "A personal account is no longer connected to the bot: its owner has to choose the bot "
          + "again under Telegram Business, Chatbots.")
    return item(.health(report), at: json["date"])
  }
}
