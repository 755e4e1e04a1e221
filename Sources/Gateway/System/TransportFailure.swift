/// Why a request got no whole answer.
///
/// Its sentence names host and port and never the path or the query: for some providers those hold
/// the secret (`/bot<token>/…`).
package struct TransportFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong.
  package enum Kind: Equatable, Sendable {
    /// The name has no address.
    case cannotResolve
    /// Nobody answers at the address.
    case cannotConnect
    /// It took too long. When the request may have left, nobody knows whether it was carried out.
    case timedOut(afterRequestSent: Bool)
    /// No trusted connection: certificate, name or handshake.
    case tls
    /// The address is one that this request must not go to, such as a private network's.
    case forbidden
    /// The answer is larger than the caller takes.
    case tooLarge
    /// The target is no `http` or `https` URL, or a header cannot be written.
    case invalidURL
    /// Anything else, such as a connection cut in the middle.
    case other
  }

  /// What went wrong.
  package let kind: Kind
  /// The sentence for a person.
  package let description: String

  /// Whether the other end may have carried the request out all the same. False only where it is
  /// sure that no byte of it left.
  package var mayHaveArrived: Bool {
    switch kind {
    case .cannotResolve, .cannotConnect, .timedOut(afterRequestSent: false), .tls, .forbidden,
      .invalidURL:
      false
    case .timedOut(afterRequestSent: true), .tooLarge, .other: true
    }
  }

  /// A failure at `host`, `name:port`.
  package init(_ kind: Kind, host: String, detail: String? = nil) {
    self.kind = kind
    let sentence =
      switch kind {
      case .cannotResolve: "\(host): the name cannot be resolved"
      case .cannotConnect: "\(host): cannot connect"
      case .timedOut(afterRequestSent: false): "\(host): timed out before the request was sent"
      case .timedOut(afterRequestSent: true): "\(host): timed out waiting for the answer"
      case .tls: "\(host): no trusted TLS connection"
      case .forbidden: "\(host): the address is not one that may be called"
      case .tooLarge: "\(host): the answer is too large"
      case .invalidURL: "\(host): the request cannot be sent"
      case .other: "\(host): the connection failed"
      }
    description = detail.map { "\(sentence): \($0)" } ?? sentence
  }
}
