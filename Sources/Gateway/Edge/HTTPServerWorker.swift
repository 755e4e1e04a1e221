import CMicrohttpd
import Glibc

/// One of the library's daemons, which is one thread, and its C callbacks as calls of our types.
///
/// Several daemons and not the library's own pool of threads: then we know which connection is on
/// which thread, and a thread can be kept from getting more than it can stand.
///
/// Every callback gets the worker unretained: it stops its daemon before it goes. A connection is
/// retained when the daemon says that it has begun and released when the daemon says that it is
/// over; in between the daemon carries it as the connection's and the request's context.
final class HTTPServerWorker: Sendable {
  private let context: HTTPServerContext
  private let index: Int
  private let daemon = Locked<OpaquePointer?>(nil)

  /// Starts a thread that serves the connections it is given.
  init(_ context: HTTPServerContext, index: Int, _ pem: PEMPair?) throws(HTTPServerError) {
    self.context = context
    self.index = index
    guard let started = start(pem) else {
      if let pem { throw .tls(reason: "\(pem.paths): no PEM certificate with its matching key") }
      throw .system(
        reason: "the HTTP server could not be started: \(String(cString: strerror(errno)))")
    }
    daemon.withLock { $0 = started }
  }

  deinit { stop() }

  /// Hands over a connection. The socket is the daemon's from here on, also when it refuses it.
  func add(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Bool {
    daemon.withLock { daemon in
      guard let daemon else {
        close(socket)
        return false
      }
      return MHD_add_connection(daemon, socket, address, length) == .YES
    }
  }

  /// Closes all connections and ends the thread. None may be suspended. Calling it again does
  /// nothing.
  func stop() {
    daemon.withLock { daemon in
      if let daemon { MHD_stop_daemon(daemon) }
      daemon = nil
    }
  }

  private func start(_ pem: PEMPair?) -> OpaquePointer? {
    var settings = trunkline_mhd_settings()
    // Never to be reached: when it is, 0.9.75 keeps a lock for good. The places are counted by us.
    settings.connections = UInt32(HTTPServerLimits.connectionsPerThreadMax * 2)
    settings.idle_seconds = UInt32(clamping: context.configuration.idleSeconds)
    settings.connection_bytes = HTTPServerLimits.connectionBytes(
      headerBytesMax: context.configuration.headerBytesMax)
    settings.context = Unmanaged.passUnretained(self).toOpaque()
    settings.log = Self.logged
    settings.connection = Self.connected
    settings.target = Self.targeted
    settings.handler = Self.handled
    settings.completed = Self.completed
    guard let pem else { return trunkline_mhd_start(&settings) }
    return pem.certificate.withUnsafeBufferPointer { certificate in
      pem.key.withUnsafeBufferPointer { key in
        Self.tlsPriorities.withCString { priorities in
          settings.certificate = certificate.baseAddress
          settings.key = key.baseAddress
          settings.priorities = priorities
          return trunkline_mhd_start(&settings)
        }
      }
    }
  }

  /// TLS 1.2 and newer: what every provider speaks (RFC 8996 retires the rest).
  private static let tlsPriorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

  private static let logged: MHD_LogCallback = { context, format, arguments in
    guard let context, let format else { return }
    var line = [CChar](repeating: 0, count: 512)
    guard let arguments, vsnprintf(&line, line.count, format, arguments) > 0 else { return }
    // Bots make the library complain all day, so this is for developers.
    HTTPServerWorker.worker(context).context.log.debug(
      "http library",
      ["text": .string(String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))])
  }

  private static let connected: MHD_NotifyConnectionCallback = { context, pointer, slot, code in
    guard let context, let pointer, let slot else { return }
    if code == .CONNECTION_NOTIFY_STARTED {
      let worker = HTTPServerWorker.worker(context)
      let connection = HTTPServerConnection(
        socket: trunkline_mhd_socket(pointer),
        remoteAddress: trunkline_mhd_client(pointer).map(PeerAddress.text) ?? "unknown",
        worker: worker.index, context: worker.context)
      worker.context.reaper.add(connection)
      // Retained here, released below when the daemon closes the connection.
      slot.pointee = Unmanaged.passRetained(connection).toOpaque()
    } else if let opaque = slot.pointee {
      slot.pointee = nil
      // Takes over the reference of the branch above, once.
      Unmanaged<HTTPServerConnection>.fromOpaque(opaque).takeRetainedValue().close()
    }
  }

  private static let targeted:
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?)
      -> UnsafeMutableRawPointer? = { _, target, pointer in
        guard let pointer, let opaque = trunkline_mhd_context(pointer) else { return nil }
        HTTPServerWorker.connection(opaque).begin(target.flatMap { String(validatingCString: $0) })
        // The library would now make a record of each argument behind the question mark, which we
        // never read, and 0.9.75 answers nothing at all when they do not fit its memory. The text
        // is its own read buffer: ending it here leaves no arguments.
        if let mark = target.flatMap({ strchr($0, Int32(UInt8(ascii: "?"))) }) { mark[1] = 0 }
        // The request's context is the connection again, unretained: it ends before that does.
        return opaque
      }

  private static let handled: MHD_AccessHandlerCallback = {
    _, pointer, _, method, version, bytes, count, slot in
    guard let pointer, let count, let opaque = slot?.pointee else { return .NO }
    let bytes = UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : count.pointee)
    count.pointee = 0  // All of it is taken, whatever happens to it.
    return bytes.withMemoryRebound(to: UInt8.self) {
      HTTPServerWorker.connection(opaque).proceed(
        pointer, method: method, version: version, bytes: $0)
    }
  }

  private static let completed: MHD_RequestCompletedCallback = { _, _, slot, code in
    guard let opaque = slot?.pointee else { return }
    slot?.pointee = nil
    HTTPServerWorker.connection(opaque).end(code)
  }

  private static func worker(_ pointer: UnsafeMutableRawPointer) -> HTTPServerWorker {
    Unmanaged<HTTPServerWorker>.fromOpaque(pointer).takeUnretainedValue()
  }

  private static func connection(_ pointer: UnsafeMutableRawPointer) -> HTTPServerConnection {
    Unmanaged<HTTPServerConnection>.fromOpaque(pointer).takeUnretainedValue()
  }
}

/// A certificate and its key, as zero-terminated PEM text.
struct PEMPair {
  /// The certificate chain.
  let certificate: [CChar]
  /// The private key.
  let key: [CChar]
  /// The two files, for an error.
  let paths: String

  /// Reads both files.
  init(_ tls: HTTPServerConfiguration.TLS) throws(HTTPServerError) {
    certificate = try Self.read(tls.certificatePath, "CERTIFICATE")
    key = try Self.read(tls.keyPath, "PRIVATE KEY")
    paths = "\(tls.certificatePath), \(tls.keyPath)"
  }

  private static func read(_ path: String, _ label: String) throws(HTTPServerError) -> [CChar] {
    let bytes: [UInt8]
    do throws(File.Failure) { bytes = try File.read(path) } catch {
      throw .tls(reason: error.description)
    }
    guard !bytes.contains(0), String(decoding: bytes, as: UTF8.self).contains("\(label)-----")
    else {
      throw .tls(reason: "\(path): no PEM file with a \(label)")
    }
    return bytes.map { CChar(bitPattern: $0) } + [0]
  }
}
