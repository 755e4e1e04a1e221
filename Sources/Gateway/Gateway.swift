/// The daemon: every part built in the order of the flow, run together, stopped in reverse.
///
///     provider ─▶ WebhookListener ─▶ Ingest ─▶ Database ◀─ endpoints ◀─ APIListener ◀─ backend
///        ▲                              │        │  ▲         (Intake)
///        └─ HTTPClient ◀─ Dispatcher ◀──┼─ wakes ┘  │
///                                 ChannelDirectory (every channel, its provider made ready)
///
/// Nothing calls back up: what is told to the outside is a row, read by sequence number.
package final class Gateway: Sendable {
  /// Why the daemon cannot start: a sentence that names the setting to change.
  package struct StartError: Error, Sendable, CustomStringConvertible {
    /// The sentence.
    package let description: String
  }

  /// The database.
  package let database: Database
  /// The tenant of everything that names none; its administrators may make others.
  package let defaultTenant: Tenant
  /// Every channel.
  package let directory: ChannelDirectory
  /// The numbers.
  package let metrics: Metrics
  private let workers: Workers
  private let drainMilliseconds: Int
  private let client: HTTPClient
  private let publicMedia: PublicMedia
  private let webhooks: HTTPServer
  private let api: HTTPServer
  private let calls: WorkerPool
  private let upkeep: Upkeep
  private let log: Log

  /// Builds and starts everything; when it returns, both listeners answer.
  ///
  /// - Throws: ``StartError``. What was started before is stopped again.
  package init(
    _ configuration: Configuration, clock: any Clock = SystemClock(),
    random: any RandomSource = SystemRandom(), log: Log
  ) throws(StartError) {
    let metrics = Metrics()
    let ids = IDSource(clock: clock, random: random)
    let vault = try Start.vault(configuration, random)
    let database = try Start.database(configuration, clock, ids)
    var undo: [() -> Void] = [{ database.close() }]
    do throws(StartError) {
      let tenant = try Start.tenant(configuration, database)
      try Start.channels(configuration, database, vault, ids)
      let directory = ChannelDirectory(
        database: database, vault: vault, defaultPublicURL: configuration.publicURL, log: log,
        metrics: metrics)
      try Start.attempt("reading the channels") { try directory.reload() }
      let ingest = Ingest(
        database: database, directory: directory, quarantine: Start.quarantine(configuration),
        clock: clock, ids: ids, log: log, metrics: metrics)
      let client = HTTPClient()
      undo.append { client.stop() }
      let media = try Start.media(configuration, clock, random)
      let publicMedia = PublicMedia(
        database: database, store: media, links: MediaLinks(vault), clock: clock, log: log)
      undo.append { publicMedia.stop() }
      let webhookListener = WebhookListener(
        ingest: ingest, directory: directory, media: publicMedia, log: log, metrics: metrics,
        bodyBytesMax: configuration.limits.bodyBytes)
      let services = Services(
        database: database, directory: directory, ingest: ingest, vault: vault, ids: ids,
        random: random, clock: clock, client: client, media: media, metrics: metrics,
        operatorTenant: tenant.id)
      let calls = WorkerPool(
        name: "api-call", threads: APIListener.threads, queueLimit: APIListener.queueMax)
      undo.append { calls.stop() }
      let apiListener = APIListener(
        .api(services), database: database, pool: calls, log: log,
        bodyBytesMax: configuration.limits.bodyBytes)
      let api = try Start.server("api", configuration, apiListener, clock, log, metrics)
      undo.append { api.stop() }
      let webhooks = try Start.server(
        "public", configuration, webhookListener, clock, log, metrics)
      Start.gauges(metrics, database, directory)
      undo.append { webhooks.stop() }
      workers = try Workers(
        Workers.Needs(
          database: database, directory: directory, client: client, media: media,
          links: MediaLinks(vault), clock: clock, random: random, log: log, metrics: metrics))
      drainMilliseconds = configuration.shutdownSeconds * 1000
      self.client = client
      self.publicMedia = publicMedia
      self.webhooks = webhooks
      self.api = api
      self.calls = calls
      self.directory = directory
      defaultTenant = tenant
      upkeep = Upkeep(
        ingest: ingest,
        others: [
          ("idempotency keys forgotten", { try services.intake.forgetAnswers() }),
          ("uploads forgotten", { try database.write { try $0.forgetUploads() } }),
          ("pauses forgotten", { try database.write { try $0.forgetMarketingPauses() } }),
        ],
        log: log)
    } catch {
      for step in undo.reversed() { step() }
      throw error
    }
    self.database = database
    self.metrics = metrics
    self.log = log
    tellPorts(configuration)
  }

  private func tellPorts(_ configuration: Configuration) {
    log.info(
      "listening",
      [
        "public": .string("\(configuration.listen.public.host):\(webhooks.port)"),
        "api": .string("\(configuration.listen.api.host):\(api.port)"),
        "channels": .integer(Int64(directory.all.count)),
      ])
  }

  /// The port of the public listener; of interest when the configuration says 0.
  package var publicPort: UInt16 { webhooks.port }

  /// The port of the API listener; of interest when the configuration says 0.
  package var apiPort: UInt16 { api.port }

  /// Stops accepting, finishes what is in flight, closes. Calling it again does nothing.
  package func stop() {
    log.info("stopping")
    webhooks.stopAccepting()
    api.stopAccepting()
    webhooks.stop()
    api.stop()
    calls.stop()
    publicMedia.stop()
    workers.stop(drainMilliseconds: drainMilliseconds)
    client.stop()
    upkeep.stop()
    database.close()
    metrics.forgetGauges()
    log.info("stopped")
  }
}
