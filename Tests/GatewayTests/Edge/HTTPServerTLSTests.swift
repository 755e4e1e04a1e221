import Glibc
import Testing

@testable import Gateway

/// HTTPS with a certificate made for the occasion by the `openssl` command.
@Suite(.timeLimit(.minutes(5)), .enabled(if: File.exists("/usr/bin/openssl")))
final class HTTPServerTLSTests {
  private let folder: String
  private var tls: HTTPServerConfiguration.TLS {
    HTTPServerConfiguration.TLS(
      certificatePath: "\(folder)/cert.pem", keyPath: "\(folder)/key.pem")
  }

  init() throws {
    folder = try File.makeTemporaryDirectory("trunkline-tls")
    try makeCertificate("key.pem", "cert.pem")
  }

  deinit { File.remove(folder) }

  private func makeCertificate(_ key: String, _ certificate: String) throws {
    let words = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1",
      "-keyout", "\(folder)/\(key)", "-out", "\(folder)/\(certificate)",
    ]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var child = pid_t()
    try #require(posix_spawn(&child, "/usr/bin/openssl", &actions, nil, &arguments, environ()) == 0)
    var status: Int32 = -1
    waitpid(child, &status, 0)
    try #require(status == 0)
  }

  private func environ() -> [UnsafeMutablePointer<CChar>?] { [nil] }

  @Test func answersAClientThatTrustsItsCertificate() throws {
    let server = try HTTPServer(.test { $0.tls = tls }, handler: ScriptedHandler.echo)
    let client = HTTPClient(trustedCertificatesPath: tls.certificatePath)
    let body = [UInt8](repeating: 7, count: 300_000)
    let response = try client.send(
      HTTPRequest(method: "POST", target: "https://127.0.0.1:\(server.port)/x?y=%2F", body: body))
    #expect(response.body == Array("POST /x?y=%2F 300000".utf8))
  }

  @Test func isRefusedByAClientThatDoesNot() throws {
    let server = try HTTPServer(.test { $0.tls = tls }, handler: ScriptedHandler.echo)
    do throws(TransportFailure) {
      _ = try HTTPClient().send(
        HTTPRequest(method: "GET", target: "https://127.0.0.1:\(server.port)/SECRET"))
      Issue.record("it trusted a stranger")
    } catch {
      #expect(error.kind == .tls)
      #expect(!error.description.contains("SECRET"))
    }
  }

  @Test func repliesLaterAndInOtherWaysToo() throws {
    let pool = WorkerPool(name: "later", threads: 1, queueLimit: 10)
    defer { pool.stop() }
    let server = try HTTPServer(
      .test { $0.tls = tls },
      handler: ScriptedHandler(admission: { _ in .accept(bodyBytesMax: 10) }) { request, reply in
        #expect(pool.submit { reply.send(ScriptedHandler.echoed(request)) })
      })
    let client = HTTPClient(trustedCertificatesPath: tls.certificatePath)
    let target = "https://127.0.0.1:\(server.port)/"
    #expect(try client.send(HTTPRequest(method: "GET", target: target)).status == 200)
    let large = HTTPRequest(
      method: "POST", target: target, body: [UInt8](repeating: 7, count: 100_000))
    #expect(try client.send(large).status == 413)
  }

  @Test func cutsAHandshakeThatNeverEnds() throws {
    let server = try HTTPServer(
      .test {
        $0.tls = tls
        $0.requestSeconds = 1
      }, handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    client.send([0x16, 0x03, 0x01, 0x02])
    #expect(client.isClosedByPeer)
  }

  @Test func saysWhatIsWrongWithItsFiles() throws {
    let port = try HTTPServer(.test(), handler: ScriptedHandler.echo).port
    func error(_ certificate: String, _ key: String) -> String {
      do throws(HTTPServerError) {
        _ = try HTTPServer(
          .test {
            $0.port = port
            $0.tls = .init(certificatePath: "\(folder)/\(certificate)", keyPath: "\(folder)/\(key)")
          }, handler: ScriptedHandler.echo)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(error("missing.pem", "key.pem").contains("missing.pem: No such file"))
    #expect(error("key.pem", "key.pem").contains("key.pem: no PEM file with a CERTIFICATE"))
    #expect(error("cert.pem", "cert.pem").contains("cert.pem: no PEM file with a PRIVATE KEY"))
    try makeCertificate("other-key.pem", "other-cert.pem")
    #expect(error("cert.pem", "other-key.pem").contains("no PEM certificate with its matching key"))
    #expect(error("cert.pem", "key.pem") == "none", "the failed starts have freed the port")
  }
}
