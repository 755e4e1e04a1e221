/// What makes calls: the HTTP client, or what stands in for it in tests.
package protocol Caller: Sendable {
  /// Makes a call and says, from any thread, what came of it.
  func send(_ call: HTTPCall, completion: @escaping @Sendable (HTTPExchange) -> Void)
}

extension HTTPClient: Caller {}
