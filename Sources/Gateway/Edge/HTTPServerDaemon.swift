import CMicrohttpd
import Glibc

/// Starts the library's daemon and turns its C callbacks into calls of our types.
///
/// Every callback gets the context unretained: ``HTTPServer`` holds it until the daemon is stopped.
/// A connection is retained when the daemon says that it has begun and released when the daemon says
/// that it is over; in between the daemon carries it as the connection's and the request's context.
enum HTTPServerDaemon {
  /// Runs a daemon on a listening socket, which it will close when it is stopped.
  static func start(
    _ context: HTTPServerContext, _ socket: ListenSocket, _ pem: PEMPair?
  ) throws(HTTPServerError) -> OpaquePointer {
    let configuration = context.configuration
    var settings = trunkline_mhd_settings()
    settings.listen_socket = socket.descriptor
    settings.threads = UInt32(clamping: max(configuration.threads, 1))
    // The daemon splits its own limit among its threads, and at the limit leaves clients waiting in
    // the kernel. Ours is for all of them and closes at once, so the daemon's must not be reached.
    settings.connections = UInt32(
      clamping: (configuration.connectionsMax + 64) * max(configuration.threads, 1))
    settings.connections_per_address = UInt32(clamping: configuration.connectionsPerAddressMax)
    settings.idle_seconds = UInt32(clamping: configuration.idleSeconds)
    settings.connection_bytes = HTTPServerLimits.connectionBytes(
      headerBytesMax: configuration.headerBytesMax)
    settings.context = Unmanaged.passUnretained(context).toOpaque()
    settings.log = logged
    settings.accept = accepted
    settings.connection = connected
    settings.target = targeted
    settings.handler = handled
    settings.completed = completed
    let daemon: OpaquePointer?
    if let pem {
      daemon = pem.certificate.withUnsafeBufferPointer { certificate in
        pem.key.withUnsafeBufferPointer { key in
          tlsPriorities.withCString { priorities in
            settings.certificate = certificate.baseAddress
            settings.key = key.baseAddress
            settings.priorities = priorities
            return trunkline_mhd_start(&settings)
          }
        }
      }
    } else {
      daemon = trunkline_mhd_start(&settings)
    }
    if let daemon { return daemon }
    if let pem { throw .tls(reason: "\(pem.paths): no PEM certificate with its matching key") }
    throw .system(
      reason: "the HTTP server could not be started: \(String(cString: strerror(errno)))")
  }

  /// TLS 1.2 and newer: what every provider speaks (RFC 8996 retires the rest).
  private static let tlsPriorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

  private static let logged: MHD_LogCallback = { context, format, arguments in
    guard let context, let format else { return }
    var line = [CChar](repeating: 0, count: 512)
    guard let arguments, vsnprintf(&line, line.count, format, arguments) > 0 else { return }
    // Bots make the library complain all day, so this is for developers.
    HTTPServerDaemon.context(context).log.debug(
      "http library",
      ["text": .string(String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))])
  }

  private static let accepted: MHD_AcceptPolicyCallback = { context, _, _ in
    guard let context else { return .NO }
    return HTTPServerDaemon.context(context).mayConnect() ? .YES : .NO
  }

  private static let connected: MHD_NotifyConnectionCallback = { context, pointer, slot, code in
    guard let context, let pointer, let slot else { return }
    if code == .CONNECTION_NOTIFY_STARTED {
      let context = HTTPServerDaemon.context(context)
      let connection = HTTPServerConnection(
        socket: trunkline_mhd_socket(pointer),
        remoteAddress: trunkline_mhd_client(pointer).map(PeerAddress.text) ?? "unknown",
        context: context)
      context.reaper.add(connection)
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
        HTTPServerDaemon.connection(opaque).begin(target.flatMap { String(validatingCString: $0) })
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
      HTTPServerDaemon.connection(opaque).proceed(
        pointer, method: method, version: version, bytes: $0)
    }
  }

  private static let completed: MHD_RequestCompletedCallback = { _, _, slot, code in
    guard let opaque = slot?.pointee else { return }
    slot?.pointee = nil
    HTTPServerDaemon.connection(opaque).end(code)
  }

  private static func context(_ pointer: UnsafeMutableRawPointer) -> HTTPServerContext {
    Unmanaged<HTTPServerContext>.fromOpaque(pointer).takeUnretainedValue()
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
