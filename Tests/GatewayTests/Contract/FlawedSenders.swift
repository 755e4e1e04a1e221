@testable import Gateway

/// The toy with one thing wrong when it sends: a change to its parts, or to its next step.
protocol FlawedSender: FlawedToy {
  func change(_ parts: [MessagePart], _ now: Instant) -> [MessagePart]
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep
}

extension FlawedSender {
  func change(_ parts: [MessagePart], _ now: Instant) -> [MessagePart] { parts }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep { step }
  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart] {
    change(try toy.parts(of: message, now: now), now)
  }
  func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    change(toy.next(part, of: message, after: steps), part, message, steps)
  }
}

extension SendStep {
  /// The step with its request changed, where it is one.
  func changing(_ change: (inout SendRequest) -> Void) -> SendStep {
    guard case .request(var request) = self else { return self }
    change(&request)
    return .request(request)
  }

  /// The step with its outcome changed, where it is one.
  func changing(_ change: (inout SendOutcome) -> Void) -> SendStep {
    guard case .outcome(var outcome) = self else { return self }
    change(&outcome)
    return .outcome(outcome)
  }
}

/// Says something else than was recorded.
struct WordyToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(_ parts: [MessagePart], _ now: Instant) -> [MessagePart] {
    parts.map { MessagePart($0.payload, weight: 2) }
  }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    step.changing { (request: inout SendRequest) in request.http.method = "PUT" }
  }
}

/// Numbers its requests by a count of its own.
struct RestlessToy: FlawedSender {
  let toy: ToyProvider
  private let count = Locked(0)
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    let number = count.withLock { count in
      count += 1
      return count
    }
    return step.changing { (request: inout SendRequest) in
      request.http.headers.add("Toy-Number", "\(number)")
    }
  }
}

/// Writes the day into its parts.
struct DatingToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(_ parts: [MessagePart], _ now: Instant) -> [MessagePart] {
    // A second past the folder's time is another part.
    parts.map { MessagePart($0.payload, weight: now < ToyFixtures.later ? 1 : 2) }
  }
}

/// Sends to where it always did.
struct HomesickToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    step.changing { (request: inout SendRequest) in
      request.http.target = "https://api.toy.example/messages"
    }
  }
}

/// Sends in the clear.
struct PlainToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    step.changing { (request: inout SendRequest) in
      request.http.target = request.http.target.replacing("https://api", with: "http://api")
    }
  }
}

/// Follows redirects for ever.
struct StubbornToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    guard case .response(let response)? = steps.last?.reply, response.status == 302 else {
      return step
    }
    return toy.next(part, of: message, after: [])
  }
}

/// Does not say why.
struct CurtToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    step.changing { (outcome: inout SendOutcome) in
      if outcome.verdict == .ambiguous { outcome.error = nil }
    }
  }
}

/// Takes any success for one, with or without an id.
struct HopefulToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    guard case .response(let response)? = steps.last?.reply, response.status == 204 else {
      return step
    }
    return .outcome(SendOutcome(.accepted(ids: [])))
  }
}

/// Sends again when it hears nothing from the server behind a proxy.
struct HastyToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    guard case .response(let response)? = steps.last?.reply, response.status == 502 else {
      return step
    }
    return step.changing { (outcome: inout SendOutcome) in
      outcome.verdict = .retry(afterMilliseconds: nil, scope: .channel)
    }
  }
}

/// Tries once more, at once, when the connection broke.
struct NervousToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    guard case .failure(let failure)? = steps.last?.reply, failure.kind == .tooLarge,
      steps.count == 1
    else { return step }
    return toy.next(part, of: message, after: [])
  }
}

/// Takes anything for an id.
struct GullibleToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    guard case .response(let response)? = steps.last?.reply,
      let id = (try? JSON.parse(response.body))?["id"]
    else { return step }
    return .outcome(SendOutcome(.accepted(ids: [id.string ?? ""])))
  }
}

/// Stops the program at an answer that is no object.
struct BrittleToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    if case .response(let response)? = steps.last?.reply {
      precondition((try? JSON.parse(response.body))?.object != nil, "Toy answers an object")
    }
    return step
  }
}

/// Notes what it was answered, whoever answered.
struct QuotingToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    guard case .response(let response)? = steps.last?.reply,
      response.headers.mediaType == "text/html"
    else { return step }
    return step.changing { (outcome: inout SendOutcome) in
      outcome.note = String(decoding: response.body, as: UTF8.self)
    }
  }
}

/// Notes what it was answered, where its secret would be in another spelling.
struct BasicToy: FlawedSender {
  let toy: ToyProvider
  private let credentials: String
  init(toy: ToyProvider, settings: ChannelSettings) {
    self.toy = toy
    credentials = Base64.encode(Array("toy:\(settings.string("secret") ?? "")".utf8))
  }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    step.changing { (request: inout SendRequest) in
      request.http.headers = ["Authorization": "Basic \(credentials)"]
    }.changing { (outcome: inout SendOutcome) in
      if case .response(let response)? = steps.last?.reply, response.status == 502 {
        outcome.note = String(decoding: response.body, as: UTF8.self)
      }
    }
  }
}

/// Keeps the secret in the part, for later.
struct HoardingToy: FlawedSender {
  let toy: ToyProvider
  private let secret: String
  init(toy: ToyProvider, settings: ChannelSettings) {
    self.toy = toy
    secret = settings.string("secret") ?? ""
  }
  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart] {
    try toy.parts(of: message, now: now).map { part in
      var payload = part.payload
      payload["key"] = .string(Hex.encode(Array(secret.utf8)))
      return MessagePart(payload)
    }
  }
}

/// Asks for what cannot be written or is not there, by the text of the message.
struct UnrulyToy: FlawedSender {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart] {
    message.content.text == "parts" ? [] : try toy.parts(of: message, now: now)
  }
  func change(
    _ step: SendStep, _ part: MessagePart, _ message: OutboundMessage, _ steps: [CompletedStep]
  ) -> SendStep {
    step.changing { (request: inout SendRequest) in
      switch message.content.text {
      case "header": request.http.headers.add("Toy-Note", "a\r\nToy-Other: b")
      case "body": request.upload = .init(fields: [], files: [])
      case "file":
        request.http.body = []
        request.upload = .init(fields: [], files: [("file", attachment: 0)])
      default: break
      }
    }
  }
}

/// No flaw: it uploads a file before it sends its name, so it needs two requests.
struct UploadingToy: FlawedToy {
  let toy: ToyProvider
  private let base: String
  init(toy: ToyProvider, settings: ChannelSettings) {
    self.toy = toy
    base = settings.string("api_base_url") ?? "https://api.toy.example"
  }
  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart] {
    message.content.attachments.isEmpty ? try toy.parts(of: message, now: now) : [MessagePart([:])]
  }
  func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    guard !message.content.attachments.isEmpty else {
      return toy.next(part, of: message, after: steps)
    }
    guard let upload = steps.first else {
      return .request(
        SendRequest(
          "upload", HTTPRequest(method: "POST", target: "\(base)/files"),
          upload: .init(fields: [("kind", "image")], files: [("file", attachment: 0)]),
          sends: false))
    }
    if steps.count == 1, case .response(let response) = upload.reply,
      let file = (try? JSON.parse(response.body))?["file"]?.string
    {
      return toy.next(MessagePart(["file": .string(file)]), of: message, after: [])
    }
    // Nothing is sent until the file is there.
    if steps.count == 1 {
      return .outcome(
        SendOutcome(
          .retry(afterMilliseconds: nil, scope: .recipient),
          error: ProviderError(code: "no_file", title: "Not uploaded", errorClass: "retry")))
    }
    return toy.next(part, of: message, after: Array(steps.dropFirst()))
  }
}
