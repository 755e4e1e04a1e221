/// Files that providers fetch: whoever has the address may read that one file, until it expires.
package final class PublicMedia: Sendable {
  private let database: Database
  private let store: MediaStore
  private let links: MediaLinks
  private let clock: any Clock
  private let pool: WorkerPool
  private let log: Log

  /// One thread looks files up: it sends none of them itself.
  package static let threads = 1
  /// A provider that waits behind this many others is better told to come again.
  package static let queueMax = 256

  /// Files of this store, under the addresses that `links` makes.
  package init(
    database: Database, store: MediaStore, links: MediaLinks, clock: any Clock, log: Log
  ) {
    self.database = database
    self.store = store
    self.links = links
    self.clock = clock
    pool = WorkerPool(name: "media-call", threads: Self.threads, queueLimit: Self.queueMax)
    self.log = log
  }

  /// Answers what waits and ends the thread. Calling it again does nothing.
  package func stop() { pool.stop() }

  /// Refuses what opens nothing, without asking the database.
  func admit(_ head: HTTPRequest, token: Substring) -> Admission {
    switch head.method {
    case "GET", "HEAD": break
    case "OPTIONS": return .answer(HTTPResponse(status: 204, headers: ["Allow": Self.allow]))
    default:
      var refusal = HTTPResponse.problem(405, "This address takes \(Self.allow).")
      refusal.headers.add("Allow", Self.allow)
      return .answer(refusal)
    }
    guard links.file(token, now: clock.now()) != nil else { return .answer(Self.nothing) }
    return .accept(bodyBytesMax: 0)
  }

  /// Answers with the file.
  func handle(_ request: HTTPRequest, token: Substring, _ reply: Reply) {
    let token = String(token)
    let accepted = pool.submit { [self] in reply.send(respond(request, token: token)) }
    if !accepted { reply.send(Self.busy) }
  }

  /// The answer; also what tests without a socket use.
  package func respond(_ request: HTTPRequest, token: String) -> HTTPResponse {
    guard let id = links.file(token, now: clock.now()) else { return Self.nothing }
    do {
      guard let file = try database.read({ try $0.file(id) }),
        let answer = FileAnswer(file, in: store, for: .provider)
      else {
        log.warning("a file that was promised is not here", ["id": .string(id.description)])
        return Self.nothing
      }
      return answer.response(to: request)
    } catch {
      let reason = StoreError.logDescription(of: error)
      log.warning("file not served", ["reason": .string(reason)])
      return Self.busy
    }
  }

  private static let allow = "GET, HEAD, OPTIONS"
  private static let nothing = HTTPResponse.problem(404, "There is no such file, or no longer.")
  private static let busy: HTTPResponse = {
    var busy = HTTPResponse.problem(503, "Come again.")
    busy.headers.add("Retry-After", "1")
    return busy
  }()
}
