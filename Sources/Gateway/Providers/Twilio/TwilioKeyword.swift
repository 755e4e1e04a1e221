/// A word by which a person says whether to be written to, and which Twilio answers by itself.
///
/// <https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out>, 2026. The message is
/// delivered to us all the same; nobody should answer it a second time.
struct TwilioKeyword: Equatable {
  /// Twilio's word for it: `STOP`, `START` or `HELP`.
  let word: String
  /// How we know: `provider` when Twilio says so, `keyword` when the text does.
  let source: String

  /// What the person wants; `nil` for `HELP`, which changes nothing.
  var choice: PreferenceReport.Choice? {
    switch word {
    case "STOP": .optedOut
    case "START": .optedIn
    default: nil
    }
  }

  /// The keyword of a message, `nil` for any other message.
  ///
  /// With Advanced Opt-Out Twilio names it. Without, the default words count, on SMS alone: on
  /// WhatsApp they are just text.
  init?(_ form: TwilioForm, _ transport: TransportKind, text: String?) throws(Unreadable) {
    if let word = try form.text("OptOutType") {
      guard ["STOP", "START", "HELP"].contains(word) else { return nil }
      self.word = word
      source = "provider"
    } else {
      guard transport == .sms, let text, let word = Self.defaultWord(text) else { return nil }
      self.word = word
      source = "keyword"
    }
  }

  /// What a text means by Twilio's default words, for one that is such a word and nothing else.
  ///
  /// `YES` is left out: it takes an opt-out back in some countries only, and elsewhere answers a
  /// question.
  static func defaultWord(_ text: String) -> String? {
    guard text.utf8.count <= textBytesMax else { return nil }
    switch text.trimmed.uppercased() {
    case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
      return "STOP"
    case "START", "UNSTOP": return "START"
    case "HELP", "INFO": return "HELP"
    default: return nil
    }
  }

  /// The longest word with room for the spaces around it: longer texts need no look.
  private static let textBytesMax = 40
}
