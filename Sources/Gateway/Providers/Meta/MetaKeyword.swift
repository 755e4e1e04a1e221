/// The words by which a person says whether to be written to. Meta knows none for these lines.
enum MetaKeyword {
  /// What a text wants that is such a word and nothing else.
  static func choice(_ text: String) -> PreferenceReport.Choice? {
    guard text.utf8.count <= textBytesMax else { return nil }
    switch text.trimmed.uppercased() {
    case "STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT": return .optedOut
    case "START", "UNSTOP": return .optedIn
    default: return nil
    }
  }

  /// The longest word with room for the spaces around it: longer texts need no look.
  private static let textBytesMax = 40
}
