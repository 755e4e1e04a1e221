/// What Telegram's refusals mean. It has no codes beside the status, so its words are looked
/// through for known fragments, without case: whole sentences change between versions.
/// <https://github.com/tdlib/telegram-bot-api> 10.0, May 2026, `Client.cpp`.
enum TelegramErrors {
  /// The class of a refusal whose words we do not know.
  static let unknownClass = "permanent"

  /// Every class with its fragments, lower case, and what they mean. The first match wins.
  static let classes: [(name: String, fragments: KeyValuePairs<String, String>)] = [
    ("opted_out", optedOut), ("unreachable", unreachable), ("chat_config", chatConfig),
    ("credentials", credentials), ("permanent", permanent),
  ]

  /// The reason behind a refusal's words; `nil` when none of them is known.
  ///
  /// The code is the status and the fragment, such as `403:bot_was_blocked`.
  static func error(status: Int, description: String) -> ProviderError? {
    let words = description.lowercased()
    for (name, fragments) in classes {
      for (fragment, title) in fragments where words.contains(fragment) {
        return ProviderError(
          code: "\(status):\(slug(fragment))", title: title, detail: description, errorClass: name)
      }
    }
    return nil
  }

  /// What may help against a refusal; empty when nothing does. Asked one after the other.
  static func remedies(_ description: String) -> [TelegramRemedy] {
    let words = description.lowercased()
    return remedyFragments.filter { words.contains($0.key) }.map(\.value)
  }

  private static let remedyFragments: KeyValuePairs<String, TelegramRemedy> = [
    "file identifier/http url specified": .upload,
    "file http url specified": .upload,
    "wrong http url specified": .upload,
    "failed to get http url content": .upload,
    "wrong type of the web page content": .upload,
    "can't upload file by url": .upload,
    "must be uploaded as an inputfile": .upload,
    "webpage_": .upload,
    "wrong remote file": .upload,
    "can't parse entities": .plain,
    "can't parse messageentity": .plain,
    "entity_": .plain,
    "entities_too_long": .plain,
    "message thread not found": .withoutTopic,
    "topic_deleted": .withoutTopic,
    "message to be replied not found": .withoutReply,
    "replied message not found": .withoutReply,
    "reply_message_id_invalid": .withoutReply,
  ]

  private static func slug(_ fragment: String) -> String {
    String(
      decoding: fragment.utf8.compactMap { byte -> UInt8? in
        switch byte {
        case 97...122, 48...57: byte
        case UInt8(ascii: "'"): nil
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }

  private static let optedOut: KeyValuePairs = [
    "bot was blocked": "The person blocked the bot"
  ]

  private static let unreachable: KeyValuePairs = [
    "user is deactivated": "The account is gone",
    "user_deactivated": "The account is gone",
    "bot was kicked": "The bot was removed from the group",
    "bot is not a member": "The bot is not in the group",
    "group chat was deleted": "The group is gone",
    "can't initiate conversation": "The person has not written to the bot yet",
    "can't send messages to bots": "A bot cannot write to a bot",
    "user_is_bot": "A bot cannot write to a bot",
    "private chat not found": "There is no such chat, or the person has not written to the bot yet",
    "chat not found": "There is no such chat, or the bot never was in it",
    "user not found": "There is no such person, or they have not written to the bot yet",
    "peer_id_invalid": "There is no such chat, or the bot never was in it",
    "chat_id_invalid": "There is no such chat",
    "chat_id is empty": "There is no such chat",
    "channel_private": "The bot is not in the group",
    "business_peer_invalid": "The connected account may not write to this person now",
    "allow_payment_required": "The person takes messages against payment only",
  ]

  private static let chatConfig: KeyValuePairs = [
    "not enough rights": "The bot may not send this in the chat",
    "have no rights to send": "The bot may not send this in the chat",
    "need administrator rights": "The bot may not write in the chat",
    "chat_write_forbidden": "The bot may not write in the chat",
    "chat_admin_required": "The bot may not write in the chat",
    "chat_restricted": "The bot may not write in the chat",
    "chat_send_": "The bot may not send this in the chat",
    "chat_guest_send_forbidden": "Only members may write in the chat",
    "user_banned_in_channel": "The bot may not write in groups",
    "topic_closed": "The topic is closed",
    "topic_deleted": "The topic is gone",
    "message thread not found": "The topic is gone",
    "business connection not found": "The personal account is no longer connected to the bot",
    "business_connection_": "The personal account is no longer connected to the bot",
  ]

  private static let credentials: KeyValuePairs = [
    "logged out": "The bot is logged out of this server",
    "frozen_": "Telegram has frozen the bot",
  ]

  private static let permanent: KeyValuePairs = [
    "message is too long": "The text is too long",
    "message_too_long": "The text is too long",
    "caption is too long": "The caption is too long",
    "text is empty": "The text is empty",
    "message must be non-empty": "The text is empty",
    "file must be non-empty": "The file is empty",
    "button_data_invalid": "A button's payload is empty or too long",
    "button_url_invalid": "A button's address is not accepted",
    "button_type_invalid": "A button is not accepted",
    "reply markup is too long": "There are too many buttons",
    "http url specified": "The file's address is not accepted",
    "failed to get http url content": "The file cannot be fetched",
    "wrong type of the web page content": "The file is not of the kind that was announced",
    "wrong remote file": "The file's address is not accepted",
    "webpage_": "The file cannot be fetched",
    "can't upload file by url": "The file cannot be fetched",
    "file is too big": "The file is too large",
    "file is too large": "The file is too large",
    "too big for a photo": "The photo is too large",
    "photo_invalid_dimensions": "The photo's width or height is out of bounds",
    "image_process_failed": "The photo cannot be read",
    "photo_ext_invalid": "The photo is of a type that is not accepted",
    "photo_save_file_invalid": "The photo cannot be read",
    "wrong file identifier": "The file cannot be read",
    "can't use file of type": "The file is of another kind",
    "can't use the media of the specified type": "The file is of a kind that no album takes",
    "media_invalid": "The file is not accepted",
    "media_empty": "The file is not accepted",
    "voice_messages_forbidden": "The person takes no voice messages",
    "group send failed": "The album is not accepted",
    "can't parse entities": "The formatting is not accepted",
    "can't parse messageentity": "The formatting is not accepted",
    "entity_": "The formatting is not accepted",
    "entities_too_long": "The formatting is not accepted",
    "message to be replied not found": "The message that is answered is gone",
    "replied message not found": "The message that is answered is gone",
    "reply_message_id_invalid": "The message that is answered is gone",
    "message to react not found": "The message for the reaction is gone",
    "reaction_invalid": "The chat does not take this emoji as a reaction",
    "phone_number_invalid": "The card's telephone number is not accepted",
    "message can't be edited": "The message cannot be changed any more",
    "message can't be deleted": "The message cannot be taken back any more",
    "message is not modified": "The message says that already",
    "query is too old": "The button was pressed too long ago",
    "upgraded to a supergroup": "The group has become a supergroup",
    "migrated to": "The group has become a supergroup",
  ]
}

/// A change to a request after which Telegram may take it.
enum TelegramRemedy: Hashable {
  /// Telegram could not fetch a file: send the bytes.
  case upload
  /// Without bold, links and the like.
  case plain
  /// Into the group as a whole.
  case withoutTopic
  /// Without naming the message it answers.
  case withoutReply
  /// To the supergroup that the group has become.
  case migrated
}
