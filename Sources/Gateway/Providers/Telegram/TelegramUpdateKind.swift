/// The kinds of update Bot API 10.3 knows, in the order of
/// <https://core.telegram.org/bots/api#update>, 10.3 of 2026-08-24. All are asked for: Telegram
/// leaves out three of them unless they are named.
enum TelegramUpdateKind: String, CaseIterable {
  case message
  case editedMessage = "edited_message"
  case channelPost = "channel_post"
  case editedChannelPost = "edited_channel_post"
  case businessConnection = "business_connection"
  case businessMessage = "business_message"
  case editedBusinessMessage = "edited_business_message"
  case deletedBusinessMessages = "deleted_business_messages"
  case guestMessage = "guest_message"
  case messageReaction = "message_reaction"
  case messageReactionCount = "message_reaction_count"
  case inlineQuery = "inline_query"
  case chosenInlineResult = "chosen_inline_result"
  case callbackQuery = "callback_query"
  case shippingQuery = "shipping_query"
  case preCheckoutQuery = "pre_checkout_query"
  case purchasedPaidMedia = "purchased_paid_media"
  case poll
  case pollAnswer = "poll_answer"
  case myChatMember = "my_chat_member"
  case chatMember = "chat_member"
  case chatJoinRequest = "chat_join_request"
  case chatBoost = "chat_boost"
  case removedChatBoost = "removed_chat_boost"
  case managedBot = "managed_bot"
  case subscription
  case stoppedMessageGeneration = "stopped_message_generation"

  /// The kinds a conversation needs: without one of these something would be missing in it.
  static let needed: [TelegramUpdateKind] = [
    .message, .editedMessage, .businessConnection, .businessMessage, .editedBusinessMessage,
    .deletedBusinessMessages, .messageReaction, .callbackQuery, .myChatMember, .chatMember,
  ]

  /// The kinds that arrive only when they are asked for by name.
  static let leftOutByDefault: [TelegramUpdateKind] = [
    .messageReaction, .messageReactionCount, .chatMember,
  ]
}
