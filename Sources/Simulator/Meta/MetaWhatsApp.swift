import Gateway

/// What a number of WhatsApp's is told.
extension MetaSimulator {
  /// A message by `user`; its id is ``lastID`` unless given.
  package mutating func message(
    _ content: CloudContent, from user: CloudUser, id: String? = nil, fileID: String? = nil
  ) -> MetaUpdate {
    let id = id ?? newID(of: user.address)
    var message = user.from
    message["id"] = .string(id)
    message["timestamp"] = seconds
    message["type"] = .string(content.type)
    let members = content.members(business: account.displayNumber) { media in
      file(media, id: fileID)
    }
    for member in members { message[member.key] = member.value }
    return update("messages", .object(message), [user.contact])
  }

  /// News of a message of ours to somebody at `recipient`, a number or a business-scoped id.
  package func status(
    _ status: String, of id: String, to recipient: String, ourID: String? = nil,
    errorCode: Int? = nil
  ) -> MetaUpdate {
    let isNumber = recipient.hasPrefix("+")
    let user =
      isNumber
      ? CloudUser(phone: recipient, name: "Person")
      : CloudUser(userID: recipient, username: nil, name: "Person")
    var members: JSONObject = [
      "id": .string(id), "status": .string(status), "timestamp": seconds,
    ]
    members["recipient_id"] = user.waID.map(JSON.string)
    members["recipient_user_id"] = user.userID.map(JSON.string)
    members["biz_opaque_callback_data"] = ourID.map(JSON.string)
    if let errorCode {
      let title = GraphError.title(errorCode)
      members["errors"] = [
        [
          "code": .integer(Int64(errorCode)), "title": .string(title), "message": .string(title),
          "error_data": ["details": .string(GraphError.details(errorCode))],
          "href":
            "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        ]
      ]
    } else if status == "sent" || status == "delivered" {
      members["pricing"] = [
        "billable": true, "pricing_model": "PMP", "type": "regular", "category": "service",
      ]
    }
    return update("statuses", .object(members), errorCode == nil ? [user.contact] : [])
  }

  /// A number or a user's id has become another: `user` says what it was.
  package mutating func changed(_ user: CloudUser, to new: CloudUser) -> MetaUpdate {
    let isNumber = new.phone != nil && new.phone != user.phone
    var system: JSONObject = [
      "body": .string("User \(user.name) changed"),
      "type": .string(isNumber ? "user_changed_number" : "user_changed_user_id"),
    ]
    system["wa_id"] = isNumber ? new.waID.map(JSON.string) : nil
    system["user_id"] = new.userID.map(JSON.string)
    var message = user.from
    message["id"] = .string(newID(of: user.address))
    message["timestamp"] = seconds
    message["type"] = "system"
    message["system"] = .object(system)
    // Meta names no contacts here.
    return update("messages", .object(message), [])
  }

  /// The person does not want to be advertised to, or does again.
  package func preference(_ user: CloudUser, stops: Bool) -> MetaUpdate {
    var preference: JSONObject = [
      "detail": .string(stops ? "User requested to stop marketing messages" : "User resumed"),
      "category": "marketing_messages", "value": .string(stops ? "stop" : "resume"),
      // A number here, and a text everywhere else.
      "timestamp": .integer(now.millisecondsSinceEpoch / 1000),
    ]
    preference["wa_id"] = user.waID.map(JSON.string)
    preference["user_id"] = user.userID.map(JSON.string)
    return change(
      "user_preferences",
      [
        "messaging_product": "whatsapp", "metadata": metadata, "contacts": [user.contact],
        "user_preferences": [.object(preference)],
      ])
  }

  /// A template of the business account got another status, such as `PAUSED`.
  package func template(
    _ name: String, language: String, status: String, reason: String = "NONE"
  ) -> MetaUpdate {
    change(
      "message_template_status_update",
      [
        "event": .string(status), "message_template_id": 1_689_556_908_129_832,
        "message_template_name": .string(name), "message_template_language": .string(language),
        "reason": .string(reason),
      ])
  }

  /// Something about the business account, such as `DISABLED_UPDATE`.
  package func accountUpdate(_ event: String) -> MetaUpdate {
    change(
      "account_update",
      ["event": .string(event), "ban_info": ["waba_ban_state": "DISABLE"]])
  }

  /// A change of a field that nobody knows yet.
  package func unknownField() -> MetaUpdate { change("some_future_field", ["x": 1]) }

  private func change(_ field: String, _ value: JSON) -> MetaUpdate {
    MetaUpdate(
      product: .whatsApp, entryID: account.parentID, metadata: nil, contacts: [], member: field,
      value: value, isChange: true)
  }

  private func update(_ member: String, _ value: JSON, _ contacts: [JSON]) -> MetaUpdate {
    MetaUpdate(
      product: .whatsApp, entryID: account.parentID, metadata: metadata, contacts: contacts,
      member: member, value: value)
  }

  /// The members of a file that a message shows; with ``filesURL`` its address too.
  private func file(_ media: CloudContent.Media, id given: String?) -> JSONObject {
    let id = given ?? MetaFile.id(media.contentType, random)
    let file = MetaFile.sample(id)
    var members: JSONObject = [
      "mime_type": .string(file.contentType), "sha256": .string(file.sha256), "id": .string(id),
    ]
    if let filesURL {
      members["url"] = .string(
        MetaFile.address(
          base: filesURL, id: id,
          expiry: now.adding(milliseconds: MetaFile.expirySeconds * 1000), seed: filesSeed))
    }
    return members
  }
}
