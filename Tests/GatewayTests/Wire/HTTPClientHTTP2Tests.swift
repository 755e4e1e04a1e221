import Glibc
import Testing

@testable import Gateway

/// HTTP/2 with a server of Node's, where there is one.
@Suite(
  .timeLimit(.minutes(5)),
  .enabled(if: File.exists("/usr/bin/openssl") && File.exists("/usr/bin/node")))
final class HTTPClientHTTP2Tests {
  /// Echoes method, path and length; `/refuse` resets the stream after the request was read, and
  /// `/cut` the connection. Says its port in the first line, and that of a server of HTTP/1.1.
  private static let script = """
    const http2 = require('http2'), https = require('https'), fs = require('fs');
    const folder = process.argv[1];
    const keys = {
      key: fs.readFileSync(folder + '/key.pem'), cert: fs.readFileSync(folder + '/cert.pem')};
    const server = http2.createSecureServer(keys);
    const older = https.createServer(keys, (request, response) => {
      request.resume().on('end', () => response.end(request.method + ' ' + request.url));
    });
    server.on('session', session => { sessions++; session.on('error', () => {}); });
    let cuts = 0, sessions = 0;
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      let length = 0;
      stream.on('data', piece => length += piece.length);
      stream.on('end', () => {
        const path = headers[':path'];
        if (path == '/cut') { cuts++; return stream.session.destroy(); }
        if (path == '/refuse') return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
        stream.respond({':status': 200});
        const facts = {'/cuts': cuts, '/sessions': sessions};
        if (path in facts) return stream.end('' + facts[path]);
        stream.end(headers[':method'] + ' ' + path + ' ' + length);
      });
    });
    server.listen(0, '127.0.0.1', () => older.listen(0, '127.0.0.1', () =>
      fs.writeSync(1, server.address().port + ' ' + older.address().port + '\\n')));
    process.stdin.on('end', () => process.exit(0)).resume();
    """

  private let folder: String
  private let port: Int
  private let olderPort: Int
  private let node: pid_t
  private let nodeInput: Int32
  private let client: HTTPClient

  init() throws {
    let folder = try File.makeTemporaryDirectory("trunkline-http2")
    let openssl = try Self.spawn([
      "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
      "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-addext",
      "subjectAltName=IP:127.0.0.1", "-days", "1", "-keyout", "\(folder)/key.pem", "-out",
      "\(folder)/cert.pem",
    ])
    try #require(Self.wait(openssl.process) == 0)
    close(openssl.input)
    close(openssl.output)
    let node = try Self.spawn(["/usr/bin/node", "-e", Self.script, folder])
    var line = [UInt8](repeating: 0, count: 32)
    let count = read(node.output, &line, line.count)
    close(node.output)
    self.folder = folder
    self.node = node.process
    nodeInput = node.input
    let ports = String(decoding: line.prefix(max(count, 0)), as: UTF8.self).trimmed
      .split(separator: " ").compactMap { Int($0) }
    port = ports.first ?? 0
    olderPort = ports.last ?? 0
    client = HTTPClient(trustedCertificatesPath: "\(folder)/cert.pem")
    try #require(port > 0)
  }

  deinit {
    close(nodeInput)
    kill(node, SIGKILL)
    _ = Self.wait(node)
    File.remove(folder)
  }

  private static func wait(_ process: pid_t) -> Int32 {
    var status: Int32 = -1
    waitpid(process, &status, 0)
    return status
  }

  private static func spawn(_ words: [String]) throws -> (
    process: pid_t, input: Int32, output: Int32
  ) {
    var input: [Int32] = [-1, -1]
    var output: [Int32] = [-1, -1]
    try #require(pipe(&input) == 0)
    try #require(pipe(&output) == 0)
    for end in [input[1], output[0]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input[0], 0)
    posix_spawn_file_actions_adddup2(&actions, output[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var process = pid_t()
    let result = posix_spawn(&process, words[0], &actions, nil, &arguments, &environment)
    close(input[0])
    close(output[1])
    try #require(result == 0)
    return (process, input[1], output[0])
  }

  private func url(_ path: String) -> String { "https://127.0.0.1:\(port)\(path)" }

  @Test func manyCallsShareAConnection() throws {
    let exchanges = Exchanges()
    for number in 0..<200 {
      // Until the server has said how many streams it takes, libcurl takes it for 100: more calls
      // than that at once would be a race between its word and the second connection.
      if number == 100 { _ = exchanges.wait(100) }
      let body = [UInt8](repeating: 65, count: number * 500)
      let request = HTTPRequest(method: "POST", target: url("/\(number)"), body: body)
      client.send(HTTPCall(request), completion: exchanges.note(number))
    }
    let answers = exchanges.wait(200)
    #expect(answers.count == 200)
    for (number, exchanges) in answers {
      let exchange = try #require(exchanges.first)
      #expect(exchange.response?.body == Array("POST /\(number) \(number * 500)".utf8))
      #expect(exchange.timing.version == "2")
    }
    let sessions = try #require(client.exchange("GET", url("/sessions"))?.response?.body)
    #expect(sessions == Array("1".utf8))
  }

  @Test func callsToAnOlderServerDoNotWaitForEver() throws {
    let exchanges = Exchanges()
    for number in 0..<200 {
      let target = "https://127.0.0.1:\(olderPort)/\(number)"
      client.send(
        HTTPCall(HTTPRequest(method: "POST", target: target)), completion: exchanges.note(number))
    }
    let answers = exchanges.wait(200)
    for (number, exchanges) in answers {
      #expect(exchanges.first?.response?.body == Array("POST /\(number)".utf8))
      #expect(exchanges.first?.timing.version == "1.1")
    }
    #expect(answers.count == 200)
  }

  @Test func aStreamThatIsResetAfterTheRequestMayHaveArrived() throws {
    let exchange = try #require(client.exchange("POST", url("/refuse"), body: [65]))
    #expect(exchange.failure?.mayHaveArrived == true)
    #expect(client.exchange("GET", url("/x"))?.response?.status == 200)
  }

  @Test func aRequestIsNotSaidAgainWhenTheConnectionIsCut() throws {
    #expect(client.exchange("GET", url("/x"))?.response?.status == 200)
    let exchange = try #require(client.exchange("POST", url("/cut"), body: [65]))
    #expect(exchange.failure?.mayHaveArrived == true)
    #expect(exchange.timing.reused)
    #expect(client.exchange("GET", url("/cuts"))?.response?.body == Array("1".utf8))
  }
}
