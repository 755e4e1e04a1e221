/// What endpoints need from the rest of the daemon.
package struct Services: Sendable {
  /// The database.
  package let database: Database
  /// Channels, ready for use.
  package let directory: ChannelDirectory
  /// The way in for webhooks, for processing one again.
  package let ingest: Ingest
  /// The way in for messages of ours.
  package let intake: Intake
  /// Seals settings.
  package let vault: Vault
  /// Makes identifiers.
  package let ids: IDSource
  /// Makes keys.
  package let random: any RandomSource
  /// Tells the time.
  package let clock: any Clock
  /// Calls providers, to check channels.
  package let client: HTTPClient
  /// The files themselves.
  package let media: MediaStore
  /// What is measured.
  package let metrics: Metrics
  /// The tenant whose administrators may make tenants.
  package let operatorTenant: ID<Tenant>

  /// All parts together.
  package init(
    database: Database, directory: ChannelDirectory, ingest: Ingest, vault: Vault, ids: IDSource,
    random: any RandomSource, clock: any Clock, client: HTTPClient, media: MediaStore,
    metrics: Metrics, operatorTenant: ID<Tenant>
  ) {
    self.database = database
    self.directory = directory
    self.ingest = ingest
    intake = Intake(database: database, directory: directory, clock: clock)
    self.vault = vault
    self.ids = ids
    self.random = random
    self.clock = clock
    self.client = client
    self.media = media
    self.metrics = metrics
    self.operatorTenant = operatorTenant
  }
}
