import Gateway

/// A request to the Graph API, taken apart.
struct GraphCall: Sendable {
  /// The method.
  let method: String
  /// What it is about: an account, a file, a person.
  let id: String
  /// What is wanted of it: `messages`; empty for the thing itself.
  let edge: String
  /// The token it came with, if any.
  let token: String?
  /// The host it was sent to.
  let host: String
  /// Files that came with it.
  let uploads: [String: TelegramParameters.Upload]

  private let parameters: TelegramParameters?

  /// Takes a request apart; nothing is refused yet.
  init(_ request: HTTPRequest) {
    method = request.method
    host = request.headers["host"] ?? "localhost"
    let parts = request.path.split(separator: "/").dropFirst().map(String.init)
    id = parts.first ?? ""
    edge = parts.dropFirst().joined(separator: "/")
    // Wherever parameters may stand, Telegram takes them from there too.
    parameters = try? TelegramParameters(request)
    uploads = parameters?.uploads ?? [:]
    let words = (request.headers["authorization"] ?? "").split(separator: " ")
    if words.count == 2, words[0].lowercased() == "bearer" {
      token = String(words[1])
    } else {
      let text = parameters?.text("access_token") ?? ""
      token = text.isEmpty ? nil : text
    }
  }

  /// A parameter as text; empty when it is not there.
  func text(_ name: String) -> String { parameters?.text(name) ?? "" }

  /// A parameter as text; `nil` when it is not there.
  func optionalText(_ name: String) -> String? {
    let text = text(name)
    return text.isEmpty ? nil : text
  }

  /// A parameter that is an object or an array.
  func json(_ name: String) -> JSON? { parameters?.json(name) }
}
