/// One attempt on its way: asks the transport for the next request, has it made, and goes on until
/// there is an outcome. Used by one thread at a time: whoever holds the answer.
// `@unchecked Sendable` is safe because a step begins only when the one before has ended, and hands
// everything over to the next by the caller's queue.
final class SendRun: @unchecked Sendable {
  let send: LeasedSend
  private(set) var steps: [CompletedStep] = []
  private(set) var record: ExchangeRecord
  /// Whether somebody answered, whatever it was.
  private(set) var wasAnswered = false
  /// Whether a request that sends may have arrived, without an answer that says what became of it.
  private var mayHaveSent = false
  private let caller: any Caller
  private let files: any OutboundFiles
  private let loaders: WorkerPool
  private let boundary: String
  private let finish: @Sendable (SendRun, SendOutcome) -> Void

  /// An attempt that calls `finish` once, on any thread, with what came of it. `boundary` parts
  /// uploads and must not occur in any file: random.
  init(
    _ send: LeasedSend, caller: any Caller, files: any OutboundFiles, loaders: WorkerPool,
    boundary: String, finish: @escaping @Sendable (SendRun, SendOutcome) -> Void
  ) {
    self.send = send
    self.caller = caller
    self.files = files
    self.loaders = loaders
    self.boundary = boundary
    self.finish = finish
    record = ExchangeRecord(secrets: ExchangeRecord.secrets(of: send.live))
  }

  /// Makes the first request.
  func start() { advance() }

  private func advance() {
    switch send.sending.next(send.part, of: send.message, after: steps) {
    case .outcome(let outcome): finish(self, outcome)
    case .request(let request):
      guard steps.count < MessagePart.stepsMax else {
        // The provider's program goes in circles. What may have been sent stays in doubt.
        return finish(self, Self.endless(mayHaveSent))
      }
      if request.upload == nil { return call(request, request.http) }
      let accepted = loaders.submit { [self] in upload(request) }
      if !accepted { postpone(request.name, "Too many files are being read") }
    }
  }

  private static func endless(_ mayHaveSent: Bool) -> SendOutcome {
    SendOutcome(
      mayHaveSent ? .ambiguous : .rejected,
      error: ProviderError(
        code: "too_many_steps", title: "The provider led us in circles", errorClass: "permanent"))
  }

  private func upload(_ request: SendRequest) {
    guard let upload = request.upload else { return call(request, request.http) }
    var body = Multipart(boundary: boundary)
    for field in upload.fields { body.add(field.name, field.value) }
    do {
      for file in upload.files {
        guard send.files.indices.contains(file.attachment) else {
          return complete(request.name, .noFile("there is no such file"))
        }
        guard let stored = try files.read(send.files[file.attachment]) else {
          return complete(request.name, .noFile("the file is not here"))
        }
        body.add(
          file.name, stored.bytes, fileName: stored.fileName, contentType: stored.contentType)
      }
    } catch {
      return postpone(request.name, "The file cannot be read now")
    }
    var http = request.http
    http.headers.add("Content-Type", body.contentType)
    http.body = body.finished()
    call(request, http)
  }

  private func call(_ request: SendRequest, _ http: HTTPRequest) {
    caller.send(Dispatcher.call(http, send.live)) { [self] exchange in
      var shown = http
      // A file is no text to read later: what was said with it is in the fields.
      if request.upload != nil { shown.body = Array("(an upload)".utf8) }
      record.add(request.name, shown, exchange)
      switch exchange.result {
      case .success(let response):
        wasAnswered = true
        steps.append(CompletedStep(request.name, .response(response)))
      case .failure(let failure):
        if request.sends, failure.mayHaveArrived { mayHaveSent = true }
        steps.append(CompletedStep(request.name, .failure(failure)))
      }
      advance()
    }
  }

  /// A file that is still being fetched, or cannot be read just now, is no fault of the message's:
  /// it is tried again.
  private func postpone(_ name: String, _ reason: String) {
    record.add(name, failure: reason)
    // Nor is it one of the provider's, whom nobody has called for it.
    wasAnswered = true
    finish(
      self,
      SendOutcome(
        mayHaveSent ? .ambiguous : .retry(afterMilliseconds: nil, scope: .recipient),
        error: ProviderError(code: "no_file", title: reason, errorClass: "retry")))
  }

  private func complete(_ name: String, _ reply: SendReply) {
    if case .noFile(let reason) = reply { record.add(name, failure: reason) }
    steps.append(CompletedStep(name, reply))
    advance()
  }
}
