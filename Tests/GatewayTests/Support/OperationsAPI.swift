import Testing

@testable import Gateway

/// The API on rows that a test has made.
final class OperationsAPI {
  private let listener: APIListener
  private let pool: WorkerPool
  private let key: String
  private let strangerKey: String
  private let outbound: TestOutbound

  init(_ outbound: TestOutbound) throws {
    self.outbound = outbound
    let test = outbound.test
    let random = SeededRandom(seed: 11)
    let services = Services(
      database: test.store.database, directory: test.directory, ingest: test.ingest,
      vault: test.vault, ids: test.store.ids, random: random, clock: test.store.clock,
      client: HTTPClient(),
      media: try MediaStore(
        folder: "\(test.store.folder)/media", now: test.store.clock.now()),
      metrics: test.metrics, operatorTenant: test.acme.id)
    pool = WorkerPool(name: "test", threads: 1, queueLimit: 8)
    listener = APIListener(
      RouteTable.api(services), database: test.store.database, pool: pool, log: .none,
      bodyBytesMax: 1 << 20)
    key = APIKeyText.make(random)
    strangerKey = APIKeyText.make(random)
    for (tenant, text) in [(test.acme, key), (test.other, strangerKey)] {
      _ = try test.store.database.write {
        try $0.addAPIKey(
          tenant: tenant.id, name: "ops", role: .ops, hash: APIKeyText.hash(text))
      }
    }
  }

  deinit { pool.stop() }

  /// Makes one call as somebody of operations, or of another tenant.
  func call(
    _ method: String, _ target: String, _ body: JSON? = nil, stranger: Bool = false
  ) throws -> (status: Int, json: JSON) {
    let response = listener.respond(
      HTTPRequest(
        method: method, target: target,
        headers: [
          "Authorization": "Bearer \(stranger ? strangerKey : key)",
          "Content-Type": "application/json",
        ], body: body?.serialized() ?? []))
    return (response.status, (try? JSON.parse(response.body)) ?? .null)
  }
}
