/// Files of inbound messages: the id, good for seven days, tells an address that is good for five
/// minutes and wants the token, too.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media>,
/// 2026.
extension WhatsAppCloud: MediaFetching {
  /// How often an address is asked for: once more when the first one is not good any more.
  static let addressesAskedMax = 2

  private static let asking = "address"
  private static let file = "file"

  /// The address, then the file.
  package func nextFetch(
    _ file: AttachmentReference, messageID: String, after steps: [CompletedStep]
  ) -> FetchStep {
    guard let id = Self.mediaID(file) else {
      return .failed(reason: "This is no file of WhatsApp.", isFinal: true)
    }
    let ask = FetchStep.request(
      name: Self.asking, app.get("/\(id)?phone_number_id=\(phoneNumberID)"), isFile: false)
    guard let last = steps.last else { return ask }
    guard case .response(let response) = last.reply else { return Self.unanswered(last.reply) }
    if last.name == Self.asking { return located(response) }
    if (200...299).contains(response.status) { return done(file, response, steps) }
    if [401, 403, 404, 410].contains(response.status),
      steps.filter({ $0.name == Self.asking }).count < Self.addressesAskedMax
    {
      return ask
    }
    return .failed(
      reason: "Meta answered with status \(response.status) for the file.", isFinal: false)
  }

  /// The id that is a file's source; `nil` for what cannot be a step of a path.
  private static func mediaID(_ file: AttachmentReference) -> String? {
    let isWord = file.source.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
    return file.isFetchable && isWord && (1...mediaIDBytesMax).contains(file.source.utf8.count)
      ? file.source : nil
  }

  /// The longest id of a file: Meta's are of some 16 digits.
  static let mediaIDBytesMax = 128

  /// What Meta said of the id.
  private func located(_ response: HTTPResponse) -> FetchStep {
    if let error = MetaError(response) {
      let known = WhatsAppErrors.error(code: error.code, title: nil, detail: nil)
      let words = error.words.map(app.shown) ?? known.title
      // What is wrong with the token, or too much just now, may be mended while the id is good.
      let isGone = [WhatsAppErrors.permanentClass, WhatsAppErrors.mediaClass]
        .contains(known.errorClass)
      return .failed(
        reason: "Meta refused the file: \(words) (\(error.code))",
        isFinal: isGone && !error.isTransient)
    }
    guard (200...299).contains(response.status), let body = try? JSON.parse(response.body),
      let address = body["url"]?.string
    else {
      return .failed(
        reason: "The answer about the file is not Meta's (\(response.status)).", isFinal: false)
    }
    guard addresses.holds(address) else {
      return .failed(reason: "The file's address is not one of Meta's.", isFinal: true)
    }
    // Some of these servers refuse whoever does not say what they are.
    return .request(
      name: Self.file,
      HTTPRequest(
        method: "GET", target: address,
        headers: [
          "Authorization": "Bearer \(app.accessToken)",
          "User-Agent": "Trunkline/\(Version.current)",
        ]), isFile: true)
  }

  /// The file is here, if its SHA-256 is the one that the message named, or else the answer. Of its
  /// type, too, their word counts before that of the server.
  private func done(
    _ file: AttachmentReference, _ response: HTTPResponse, _ steps: [CompletedStep]
  ) -> FetchStep {
    var described: JSON?
    if case .response(let answer)? = steps.last(where: { $0.name == Self.asking })?.reply {
      described = try? JSON.parse(answer.body)
    }
    let served = response.headers.mediaType
    let stated = file.contentType ?? described?["mime_type"]?.string
    return .done(
      contentType: stated ?? served, fileName: file.fileName,
      sha256: file.providerID.flatMap(Self.digest)
        ?? described?["sha256"]?.string.flatMap(Self.digest))
  }

  /// A SHA-256, in Base64 or in hexadecimal; `nil` for anything else.
  private static func digest(_ text: String) -> [UInt8]? {
    [Base64.decode(text), Hex.decode(text)].compactMap(\.self).first { $0.count == 32 }
  }

  private static func unanswered(_ reply: SendReply) -> FetchStep {
    guard case .failure(let failure) = reply else {
      return .failed(reason: "There was no answer.", isFinal: false)
    }
    return .failed(reason: failure.description, isFinal: failure.kind == .tooLarge)
  }

  /// Where the token may be shown.
  private var addresses: MetaAddresses {
    MetaAddresses(
      domains: ["facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.com", "whatsapp.net"],
      baseURL: app.baseURL)
  }
}
