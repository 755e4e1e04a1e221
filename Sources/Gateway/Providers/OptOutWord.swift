/// A word by which a person says whether they want to be written to, on lines where no button says
/// it: typed alone, in any case.
///
/// The words are those that carriers and Twilio answer to:
/// <https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out>, 2026.
enum OptOutWord: String {
  case stop = "STOP"
  case start = "START"
  case help = "HELP"

  /// What a text means that is such a word and nothing else; `nil` for any other text.
  ///
  /// On a chat line `CANCEL`, `END` and their like answer the question before: there they are text.
  /// `YES` is left out: it takes an opt-out back in some countries only, and elsewhere answers a
  /// question.
  init?(_ text: String, inChat isChat: Bool) {
    guard text.utf8.count <= Self.textBytesMax else { return nil }
    switch text.trimmed.uppercased() {
    case "STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT": self = .stop
    case "CANCEL", "END", "QUIT", "REVOKE": if isChat { return nil } else { self = .stop }
    case "START", "UNSTOP": self = .start
    case "HELP", "INFO": self = .help
    default: return nil
    }
  }

  /// What the person wants; `nil` for a word that changes nothing.
  var choice: PreferenceReport.Choice? {
    switch self {
    case .stop: .optedOut
    case .start: .optedIn
    case .help: nil
    }
  }

  /// The longest word with room for the spaces around it: longer texts need no look.
  private static let textBytesMax = 40
}
