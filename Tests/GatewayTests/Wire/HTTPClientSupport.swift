@testable import Gateway

/// What came back for calls that were sent together.
final class Exchanges: Sendable {
  private let arrived = Monitor<[Int: [HTTPExchange]]>([:])

  /// A completion that notes the exchange under a number.
  func note(_ number: Int) -> @Sendable (HTTPExchange) -> Void {
    { exchange in self.arrived.update { $0[number, default: []].append(exchange) } }
  }

  /// Waits until `count` exchanges came, at most a minute, and returns them by number.
  func wait(_ count: Int) -> [Int: [HTTPExchange]] {
    arrived.wait(milliseconds: 60_000) { $0.values.reduce(0) { $0 + $1.count } >= count ? $0 : nil }
      ?? arrived.withLock { $0 }
  }
}

extension HTTPClient {
  /// Makes one call and waits for what comes of it.
  func exchange(
    _ method: String, _ target: String, body: [UInt8] = [],
    _ change: (inout HTTPCall) -> Void = { _ in }
  ) -> HTTPExchange? {
    var call = HTTPCall(HTTPRequest(method: method, target: target, body: body))
    change(&call)
    let exchanges = Exchanges()
    send(call, completion: exchanges.note(0))
    return exchanges.wait(1)[0]?.first
  }
}

extension HTTPExchange {
  /// Why there is no answer.
  var failure: TransportFailure? {
    if case .failure(let failure) = result { failure } else { nil }
  }
  /// The answer.
  var response: HTTPResponse? { try? result.get() }
}
