/// Why a message is not taken, in words for who asked.
package struct SendRefusal: Error, Equatable, Sendable {
  /// What kind of reason it is: words that programs can go by.
  package enum Code: String, CaseIterable, Sendable {
    /// A field cannot be used as it is.
    case invalid
    /// The person asked for silence on this line.
    case optedOut = "opted_out"
    /// There is no address for this line.
    case noAddress = "no_address"
    /// Free text may be written only for a while after the person wrote.
    case windowClosed = "window_closed"
    /// It is longer, larger or more than the line takes.
    case tooLarge = "too_large"
    /// The line has no such thing.
    case unsupported
    /// The template, or what fills it, is not one the line takes.
    case invalidTemplate = "invalid_template"
  }

  /// The field, such as `to.address`.
  package let field: String
  /// A sentence a person can act on.
  package let message: String
  /// What kind of reason it is.
  package let code: Code
  /// Whether only this line cannot say it: then another may.
  package let isOfLine: Bool

  /// A refusal.
  package init(_ field: String, _ message: String, code: Code = .invalid, ofLine: Bool = false) {
    self.field = field
    self.message = message
    self.code = code
    isOfLine = ofLine
  }

  /// What reading a field found.
  package init(_ error: ContentError) { self.init(error.field, error.message) }

  /// What a transport found.
  package init(_ error: Unsendable) {
    let code: Code =
      switch error.reason {
      case .empty: .invalid
      case .tooLarge: .tooLarge
      case .unsupported: .unsupported
      case .wrongAddress: .noAddress
      case .windowClosed: .windowClosed
      case .invalidTemplate: .invalidTemplate
      }
    self.init(
      error.field, error.description, code: code, ofLine: error.reason != .empty)
  }
}
