/// Whether the daemon lives, whether it can work, and its numbers.
struct HealthEndpoints: Sendable {
  private let services: Services

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `GET /healthz`: the process answers.
  func alive(_ call: APICall) throws -> HTTPResponse { .json(["status": "ok"]) }

  /// `GET /readyz`: each thing the daemon depends on; 503 unless all are well.
  func ready(_ call: APICall) throws -> HTTPResponse {
    var checks: JSONObject = [:]
    var isReady = true
    func check(_ name: String, _ run: () throws -> JSON) {
      do {
        checks[name] = ["ok": true, "detail": try run()]
      } catch {
        isReady = false
        let reason = (error as? StoreError)?.description ?? "\(error)"
        checks[name] = ["ok": false, "detail": .string(reason)]
      }
    }
    check("store_write") {
      try services.database.probe()
      return "a commit reached the disk"
    }
    check("store_read") {
      let tenants = try services.database.read { connection in try connection.tenants().count }
      return .string("\(tenants) tenants")
    }
    check("channels") { .string("\(services.directory.all.count) ready") }
    check("writer_queue") { .string("\(services.database.waiting) waiting") }
    return .json(
      ["status": isReady ? "ready" : "not ready", "checks": .object(checks)],
      status: isReady ? 200 : 503)
  }

  /// `GET /metrics`: for Prometheus.
  func metrics(_ call: APICall) throws -> HTTPResponse {
    HTTPResponse(
      status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
      body: services.metrics.text())
  }
}
