import Gateway

/// The parameters of a message to be sent, and what Twilio finds wrong with them.
struct TwilioWish: Sendable {
  /// The recipient, with its channel's prefix.
  let to: String
  /// The sender; empty where a Messaging Service picks one.
  let from: String
  /// The Messaging Service, or empty.
  let serviceSID: String
  /// The text.
  let body: String
  /// The addresses of files.
  let media: [String]
  /// The template, or empty.
  let contentSID: String
  /// Where statuses go, or empty.
  let statusCallback: String
  private let contentVariables: String?
  private let hasBody: Bool

  /// The longest text: <https://www.twilio.com/docs/api/errors/21617>. Counted in UTF-16 units,
  /// the reading that lets the least through.
  private static let bodyMax = 1600
  /// Files of one message.
  private static let mediaMax = 10

  /// Reads a form; nothing is refused yet.
  init(_ form: Form) {
    to = form["To"] ?? ""
    from = form["From"] ?? ""
    serviceSID = form["MessagingServiceSid"] ?? ""
    body = form["Body"] ?? ""
    hasBody = form["Body"] != nil
    media = form.fields.filter { $0.name.elementsEqual("MediaUrl".utf8) && !$0.value.isEmpty }
      .map { String(decoding: $0.value, as: UTF8.self) }
    contentSID = form["ContentSid"] ?? ""
    contentVariables = form.nonEmpty("ContentVariables")
    statusCallback = form["StatusCallback"] ?? ""
  }

  /// Who sends: the number or the service.
  var sender: String { from.isEmpty ? serviceSID : from }

  /// The number that people see; a service has picked this one.
  var shownFrom: String {
    if !from.isEmpty { return from }
    return to.hasPrefix("whatsapp:") ? "whatsapp:+15005550006" : "+15005550006"
  }

  /// What a person is shown, as one line.
  var text: String {
    ([body, contentSID, contentVariables ?? ""] + media).filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  /// How many segments it takes on the air.
  var segments: Int {
    to.contains(":") ? 1 : media.isEmpty ? SMSText.segments(body) : 1
  }

  /// The sender's own id, from the query of the address for statuses.
  var ourID: String? {
    guard let mark = statusCallback.firstIndex(of: "?"),
      let query = try? Form(Array(statusCallback[statusCallback.index(after: mark)...].utf8))
    else { return nil }
    return query["m"]
  }

  /// Finds what Twilio refuses at once.
  func check(_ people: ProviderScript.TwilioPeople) throws(TwilioError) {
    guard !to.isEmpty else { throw TwilioError(21604, "A 'To' phone number is required.") }
    guard !sender.isEmpty else {
      throw TwilioError(21603, "A 'From' phone number is required.")
    }
    guard Self.isAddress(to) else {
      throw TwilioError(21211, "The 'To' number \(to) is not a valid phone number.")
    }
    if from.isEmpty, !(serviceSID.hasPrefix("MG") && serviceSID.utf8.count == 34) {
      throw TwilioError(21701, "The Messaging Service does not exist.", status: 404)
    }
    if !from.isEmpty, !people.senders.isEmpty, !people.senders.contains(from) {
      throw TwilioError(
        21606, "The 'From' phone number \(from) is not a valid, message-capable Twilio number.")
    }
    if !from.isEmpty, Self.channel(of: from) != Self.channel(of: to) {
      throw TwilioError(
        21910, "Invalid From and To pair. From and To should be of the same channel")
    }
    try checkContent()
    try checkAddresses()
    let code =
      TwilioMagic.code(in: to, behind: TwilioMagic.errorPrefix) ?? people.errors[to]
      ?? (people.optedOut.contains(to) ? 21610 : nil)
    if let code { throw Self.error(code) }
  }

  /// What a later status will say is wrong.
  func laterError(_ people: ProviderScript.TwilioPeople) -> Int? {
    if let code = TwilioMagic.code(in: to, behind: TwilioMagic.statusPrefix) { return code }
    if contentSID.isEmpty, people.closedWindows.contains(to) { return 63016 }
    return people.statusErrors[to]
  }

  private func checkContent() throws(TwilioError) {
    if media.isEmpty, contentSID.isEmpty {
      guard hasBody else {
        throw TwilioError(
          21619, "A text message body, media urls or content sid must be specified.")
      }
      guard !body.isEmpty else { throw TwilioError(21602, "Message body is required.") }
    }
    if body.utf16.count > Self.bodyMax {
      throw TwilioError(
        21617, "The concatenated message body exceeds the 1600 character limit")
    }
    if media.count > Self.mediaMax {
      throw TwilioError(21623, "Number of media files exceeds allowed limit")
    }
    if !contentSID.isEmpty, !(contentSID.hasPrefix("HX") && contentSID.utf8.count == 34) {
      throw TwilioError(21655, "The ContentSid is Invalid")
    }
    if let contentVariables,
      (try? JSON.parse(Array(contentVariables.utf8)))?.object == nil
    {
      throw TwilioError(21656, "The Content Variables Parameter is invalid")
    }
  }

  private func checkAddresses() throws(TwilioError) {
    if !media.allSatisfy(Self.isURL) { throw TwilioError(21620, "Invalid media URL(s)") }
    let host = statusCallback.split(separator: "/").dropFirst().first ?? ""
    if !statusCallback.isEmpty, !Self.isURL(statusCallback) || host.contains("_") {
      throw TwilioError(
        21609, "The StatusCallback URL \(statusCallback) is not a valid URL.")
    }
  }

  private static func error(_ code: Int) -> TwilioError {
    switch code {
    case 20003: TwilioError(code, "Authenticate", status: 401)
    case 20404: TwilioError(code, "The requested resource was not found", status: 404)
    case 20429: TwilioError(code, "Too Many Requests", status: 429)
    case 20500: TwilioError(code, "An internal server error has occurred", status: 500)
    case 20503: TwilioError(code, "Service Unavailable", status: 503)
    case 21610: TwilioError(code, "Attempt to send to unsubscribed recipient")
    default: TwilioError(code, "Error \(code)")
    }
  }

  /// The word in front of the colon; empty for telephone numbers.
  private static func channel(of address: String) -> Substring {
    guard let colon = address.firstIndex(of: ":") else { return "" }
    return address[..<colon]
  }

  /// `+` and 7 to 15 digits, a short code, or anything behind a channel's prefix.
  private static func isAddress(_ text: String) -> Bool {
    if let colon = text.firstIndex(of: ":") { return text.index(after: colon) < text.endIndex }
    let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
    return digits.utf8.allSatisfy { (48...57).contains($0) }
      && (text.hasPrefix("+") ? 7...15 : 3...8).contains(digits.utf8.count)
  }

  private static func isURL(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count >= 3 && (parts[0] == "http:" || parts[0] == "https:")
      && parts[1].isEmpty && !parts[2].isEmpty
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
