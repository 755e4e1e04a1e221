import Gateway
import Glibc

/// The limit of sending that is the network's: the stand-in for the provider, asked by libcurl as
/// the daemon does, and nothing else.
enum ProviderLimit {
  /// What is under way at once: as much as a tenant of the daemon may have, see
  /// `Outbound/DispatchBoard.swift`.
  static let concurrency = 128

  private struct State {
    var begun = 0
    var answered = 0
    var refused = 0
  }

  /// Sends `count` messages: so many a second.
  static func measure(_ folder: SendingFolder, _ count: Int) throws(RigError) -> Double {
    let provider = try ProviderProcess(folder.folder)
    defer { provider.stop() }
    let client = HTTPClient()
    defer { client.stop() }
    let sending = Sending(client, provider.url, folder, count)
    let refused = sending.run()
    guard refused == 0 else { throw RigError("the provider refused \(refused) messages") }
    let counts = try provider.wait(accepted: count)
    return Double(count - 1) * 1e9 / Double(max(counts.last - counts.first, 1))
  }

  private final class Sending: Sendable {
    private let client: HTTPClient
    private let url: String
    private let callback: String
    private let authorization: String
    private let count: Int
    private let state = Monitor(State())

    init(_ client: HTTPClient, _ url: String, _ folder: SendingFolder, _ count: Int) {
      self.client = client
      self.url = "\(url)/2010-04-01/Accounts/\(DataFolder.accountSID)/Messages.json"
      self.count = count
      callback = "\(DataFolder.publicURL)/webhooks/\(folder.channel)?m=\(folder.channel)"
      let pair = "\(DataFolder.accountSID):\(DataFolder.authToken)"
      authorization = "Basic \(Base64.encode(Array(pair.utf8)))"
    }

    /// Sends all, and says how many were refused.
    func run() -> Int {
      for _ in 0..<min(ProviderLimit.concurrency, count) { next() }
      return state.wait { $0.answered == self.count ? $0.refused : nil }
    }

    private func next() {
      let index = state.update { state in
        state.begun += 1
        return state.begun
      }
      guard index <= count else { return }
      let form = Form.encode([
        ("To", "+1503\(2_000_000 + index)"), ("From", DataFolder.number),
        ("Body", "Order \(index): it is on its way to you."), ("StatusCallback", callback),
      ])
      let request = HTTPRequest(
        method: "POST", target: url,
        headers: [
          "Accept": "application/json", "Authorization": authorization,
          "Content-Type": "application/x-www-form-urlencoded",
        ], body: form)
      client.send(HTTPCall(request)) { [self] exchange in
        let status = (try? exchange.result.get().status) ?? 0
        state.update { state in
          state.answered += 1
          if status != 201 { state.refused += 1 }
        }
        next()
      }
    }
  }
}
