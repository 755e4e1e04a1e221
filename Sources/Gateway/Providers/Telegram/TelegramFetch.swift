/// Files of inbound messages: getFile tells a path that is good for an hour, the path has the file.
/// <https://core.telegram.org/bots/api#getfile>, 10.3 of 2026-08-24.
extension Telegram: MediaFetching {
  /// How often a path is asked for: once more when the first one has expired.
  static let pathsAskedMax = 2

  private static let getFile = "get_file"
  private static let file = "file"

  /// The path, then the file. The bot's token is in both addresses and in nothing else.
  package func nextFetch(
    _ file: AttachmentReference, messageID: String, after steps: [CompletedStep]
  ) -> FetchStep {
    guard file.source.hasPrefix(Self.sourcePrefix) else {
      return .failed(reason: "This is no file of Telegram.", isFinal: true)
    }
    guard file.isFetchable, (file.size ?? 0) <= TelegramFile.downloadSizeMax else {
      return .failed(reason: Self.tooBig, isFinal: true)
    }
    let asking = FetchStep.request(
      name: Self.getFile,
      .posting(
        ["file_id": .string(String(file.source.dropFirst(Self.sourcePrefix.count)))],
        to: methodURL("getFile")), isFile: false)
    guard let last = steps.last else { return asking }
    guard case .response(let response) = last.reply else { return Self.unanswered(last.reply) }
    if last.name == Self.getFile { return located(response) }
    if (200..<300).contains(response.status) {
      return .done(
        contentType: contentType(of: file, response, steps), fileName: file.fileName)
    }
    // The path has expired meanwhile, or the file was moved.
    if [400, 404, 410].contains(response.status),
      steps.filter({ $0.name == Self.getFile }).count < Self.pathsAskedMax
    {
      return asking
    }
    return .failed(
      reason: "Telegram answered with status \(response.status) for the file.", isFinal: false)
  }

  /// What getFile said.
  private func located(_ response: HTTPResponse) -> FetchStep {
    switch TelegramAnswer(response) {
    case .done(let result):
      guard let path = TelegramJSON.text(result["file_path"]) else {
        return .failed(reason: "Telegram told no path for the file.", isFinal: false)
      }
      guard let encoded = Self.encoded(path: path) else {
        // The server of one's own that runs with `--local` tells a path on its disk.
        return .failed(reason: "The file's path is not one below the API's address.", isFinal: true)
      }
      return .request(
        name: Self.file,
        HTTPRequest(method: "GET", target: "\(baseURL)/file/bot\(token)/\(encoded)"), isFile: true)
    case .refused(let refusal):
      let words = refusal.description.map { $0.lowercased() } ?? ""
      if words.contains("file is too big") { return .failed(reason: Self.tooBig, isFinal: true) }
      let reason = refusal.description.map(shown) ?? "status \(refusal.status)"
      // Of a wrong id Telegram says that the file may be there later: so only other refusals of
      // the request itself are for good.
      return .failed(
        reason: "Telegram refused the file: \(reason)",
        isFinal: refusal.status == 400 && !words.contains("temporarily unavailable"))
    case .unclear:
      return .failed(reason: "The answer about the file is not Telegram's.", isFinal: false)
    }
  }

  /// The file server says `application/octet-stream` of nearly everything: then the sender's word
  /// counts, and then the path's ending.
  private func contentType(
    of file: AttachmentReference, _ response: HTTPResponse, _ steps: [CompletedStep]
  ) -> String? {
    if let stated = response.headers.mediaType, !stated.isEmpty, stated != Self.anyType {
      return stated
    }
    return file.contentType ?? Self.path(in: steps).flatMap(OutboundAttachment.contentType(ofPath:))
      ?? response.headers.mediaType
  }

  private static func path(in steps: [CompletedStep]) -> String? {
    guard case .response(let response)? = steps.last(where: { $0.name == getFile })?.reply,
      case .done(let result) = TelegramAnswer(response)
    else { return nil }
    return result["file_path"]?.string
  }

  private static func unanswered(_ reply: SendReply) -> FetchStep {
    guard case .failure(let failure) = reply else {
      return .failed(reason: "There was no answer.", isFinal: false)
    }
    if failure.kind == .tooLarge { return .failed(reason: tooBig, isFinal: true) }
    return .failed(reason: failure.description, isFinal: false)
  }

  /// The path for a URL; `nil` for one that does not stay below where it is appended.
  static func encoded(path: String) -> String? {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    guard !segments.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else { return nil }
    return String(
      decoding: path.utf8.flatMap { byte -> [UInt8] in
        switch byte {
        case 48...57, 65...90, 97...122: [byte]
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
          UInt8(ascii: "/"):
          [byte]
        default: Array("%\(Hex.encode([byte]).uppercased())".utf8)
        }
      }, as: UTF8.self)
  }

  private static let sourcePrefix = "file_id:"
  private static let anyType = "application/octet-stream"
  private static let tooBig = "Telegram gives out no files over 20 MB to bots."
}
