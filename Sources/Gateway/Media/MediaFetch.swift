/// One file on its way here: the steps made so far, and which comes next.
struct MediaFetch: Sendable {
  /// Who says the steps.
  enum Guide: Sendable {
    /// The provider that has the file.
    case provider(any MediaFetching)
    /// Nobody: it is at an address that the sender gave.
    case plain
  }

  /// The row it comes from.
  let job: MediaJob
  /// What the file is.
  let source: MediaSource
  /// Who says the steps.
  let guide: Guide
  /// Where its requests may go.
  let destinations: Destinations
  /// Where it is written to.
  let temporaryPath: String
  /// What was done, with what came back.
  private(set) var steps: [CompletedStep] = []
  /// The step that is under way.
  private(set) var current: (name: String, isFile: Bool)?
  /// Whether the last answer was the file.
  private(set) var hasFile = false

  /// More requests than any provider needs for a file, with redirects.
  static let stepsMax = 12
  /// A file of 100 MiB in five minutes is 3 Mbit/s.
  static let fileTimeoutMilliseconds = 300_000
  /// What leads to a file is a few hundred bytes of JSON.
  static let answerBytesMax = 1 << 20

  /// A file of which nothing was fetched yet.
  init(
    job: MediaJob, source: MediaSource, guide: Guide, destinations: Destinations,
    temporaryPath: String
  ) {
    self.job = job
    self.source = source
    self.guide = guide
    self.destinations = destinations
    self.temporaryPath = temporaryPath
  }

  /// What to do next.
  func next() -> FetchStep {
    if steps.count >= Self.stepsMax {
      return .failed(reason: "no end after \(Self.stepsMax) requests", isFinal: false)
    }
    switch guide {
    case .plain: return PlainFetch.next(source.reference.source, after: steps)
    case .provider(let provider):
      return provider.nextFetch(
        source.reference, messageID: source.providerMessageID, after: steps)
    }
  }

  /// The call for a step.
  mutating func begin(_ name: String, _ request: HTTPRequest, isFile: Bool) -> HTTPCall {
    current = (name, isFile)
    hasFile = false
    var call = HTTPCall(request)
    call.destinations = destinations
    call.answerBytesMax = isFile ? MediaStore.bytesMax : Self.answerBytesMax
    if isFile {
      call.answerPath = temporaryPath
      call.totalTimeoutMilliseconds = Self.fileTimeoutMilliseconds
    }
    return call
  }

  /// Notes what came back. The reason, when that is the end of it.
  mutating func take(_ result: Result<HTTPResponse, TransportFailure>) -> String? {
    guard let current else { return nil }
    self.current = nil
    switch result {
    case .success(let response):
      hasFile = current.isFile && (200...299).contains(response.status)
      steps.append(CompletedStep(current.name, .response(response)))
    case .failure(let failure):
      if failure.kind == .tooLarge, current.isFile {
        return "the file is larger than \(MediaStore.bytesMax) bytes"
      }
      steps.append(CompletedStep(current.name, .failure(failure)))
    }
    return nil
  }

  /// What the last answer says of when to come again, in milliseconds.
  var retryAfterMilliseconds: Int64? {
    guard case .response(let response)? = steps.last?.reply,
      let seconds = response.headers["retry-after"].flatMap({ Int64($0.trimmed) }), seconds >= 0
    else { return nil }
    return Int64(min(seconds, MediaJob.lifetimeMilliseconds / 1000)) * 1000
  }

  /// The media type that the last answer names.
  var answeredType: String? {
    guard case .response(let response)? = steps.last?.reply else { return nil }
    return response.headers["content-type"]
  }
}
