import Gateway

/// Stands in for the APIs of the providers: one HTTP server that accepts messages as Twilio,
/// Telegram and Meta do, fails as they do, and tells what becomes of the messages.
///
/// Addresses below ``url``: `/2010-04-01/…` and `/v3/…` are Twilio's, `/bot<token>/…` and
/// `/file/bot<token>/…` Telegram's, `/cdn/…` Twilio's files, `/v25.0/…` Meta's whatever the
/// version, `/whatsapp_business/…` and `/ig_messaging_cdn/…` Meta's files.
package final class ProviderServer: Sendable {
  /// What is written down of each request and each message.
  package let ledger: ProviderLedger

  private let desk: ProviderDesk
  private let socket: ProviderSocket

  /// The address of all APIs, without a slash at its end.
  package let url: String

  /// Listens at once, so that the port is known, and answers from ``start()`` on.
  ///
  /// - Parameters:
  ///   - port: 0 for any free one.
  ///   - twilio: the accounts there are; empty for any, with whatever token they come.
  ///   - telegram: the bots there are; empty for any.
  ///   - meta: the accounts there are at Meta; empty for any, of which nothing is told then.
  ///   - observer: told of every request, on the thread that serves it.
  package init(
    port: UInt16 = 0, address: String = "127.0.0.1", script: ProviderScript = ProviderScript(),
    twilio: [TwilioAccount] = [], telegram: [TelegramBot] = [],
    meta: [MetaAccount] = [], clock: any Clock = SystemClock(),
    ledger detail: ProviderLedger.Detail = .full,
    observer: (@Sendable (ProviderLedger.Entry) -> Void)? = nil
  ) throws(SimulatorError) {
    let ledger = ProviderLedger(detail, observer: observer)
    self.ledger = ledger
    let desk = ProviderDesk(script, twilio, telegram, meta, clock, ledger)
    self.desk = desk
    // The desk and not the server: a thread that serves must not be the last to hold what it is
    // waited for by.
    socket = try ProviderSocket(address: address, port: port) { desk.answer($0) }
    url = "http://\(address):\(socket.port)"
  }

  deinit { stop() }

  /// The port it listens on.
  package var port: UInt16 { socket.port }

  /// Answers from now on.
  package func start() {
    desk.player.start()
    socket.start()
  }

  /// Closes all connections and ends. Callbacks that are still to come do not. Calling it again
  /// does nothing.
  package func stop() {
    socket.stop()
    desk.player.stop()
  }

  /// Waits until every callback has been sent or given up; false after `milliseconds`.
  package func waitForCallbacks(milliseconds: Int) -> Bool {
    desk.player.waitUntilIdle(milliseconds: milliseconds)
  }

  /// Puts a file under a message's media address; other addresses have a small file of their own.
  package func addTwilioMedia(_ mediaSID: String, contentType: String, bytes: [UInt8]) {
    desk.twilio.media.add(mediaSID, contentType: contentType, bytes: bytes)
  }

  /// Puts a file under a `file_id`; other ids have a small file of their own.
  package func addTelegramFile(_ fileID: String, path: String, bytes: [UInt8]) {
    desk.telegram.files.add(fileID, path: path, bytes: bytes)
  }

  /// What the bot with that token gave to `setWebhook`; `nil` for nothing.
  package func telegramWebhook(token: String) -> TelegramWebhook? {
    desk.telegram.webhook(of: token)
  }

  /// Puts a file under an id of Meta's; other ids have a small file of their own.
  package func addMetaFile(_ id: String, _ file: MetaFile) { desk.graph.media.add(id, file) }

  /// The accounts at Meta from now on, with other tokens or other addresses for their webhooks.
  package func setMeta(_ accounts: [MetaAccount]) { desk.graph.set(accounts) }

  /// A token of Meta's is good no more: 190.
  package func expireMetaToken(_ token: String) { desk.graph.expire(token) }

  /// Somebody wrote to an account now, which opens the window for a day; `person` is a number with
  /// `+`, a business-scoped id, or a person's id.
  package func metaPersonWrote(_ person: String, to account: String) {
    desk.graph.windows.open(person, account)
  }

  /// The templates of Meta's business accounts from now on.
  package func setMetaTemplates(_ templates: [ProviderTemplate]) {
    desk.graph.whatsApp.templates.withLock { $0 = templates }
  }
}
