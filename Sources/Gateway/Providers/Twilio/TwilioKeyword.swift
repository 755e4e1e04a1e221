/// A word by which a person says whether to be written to, and which Twilio answers by itself.
///
/// <https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out>, 2026. The message is
/// delivered to us all the same; nobody should answer it a second time.
struct TwilioKeyword: Equatable {
  /// What the person says.
  let word: OptOutWord
  /// How we know: `provider` when Twilio says so, `keyword` when the text does.
  let source: String

  /// What the person wants; `nil` for `HELP`, which changes nothing.
  var choice: PreferenceReport.Choice? { word.choice }

  /// The keyword of a message, `nil` for any other message.
  ///
  /// With Advanced Opt-Out Twilio names it. Without, the default words count, on SMS alone: on
  /// WhatsApp they are just text.
  init?(_ form: TwilioForm, _ transport: TransportKind, text: String?) throws(Unreadable) {
    if let word = try form.text("OptOutType") {
      guard let word = OptOutWord(rawValue: word) else { return nil }
      self.word = word
      source = "provider"
    } else {
      guard transport == .sms, let text, let word = OptOutWord(text, inChat: false) else {
        return nil
      }
      self.word = word
      source = "keyword"
    }
  }
}
