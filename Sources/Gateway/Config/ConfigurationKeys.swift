extension ConfigurationKey {
  /// Every key there is, in the order of the sample file and the documentation.
  package static let all: [ConfigurationKey] =
    places + listeners + limits + operation + secrets + storage + tenants

  private static let places: [ConfigurationKey] = [
    .text(
      "data_dir", \.dataDirectory,
      "The folder of the database, the attachments and the master key; made at the first start."),
    .parsed(
      "store", \.store, "\"sqlite:<file>\" (this version stores in SQLite only)", secret: true,
      parse: StoreLocation.init, show: \.description,
      "The database. <data_dir> at the front stands for data_dir."),
    .parsed(
      "public_url", \.publicURL, PublicURL.expectation,
      parse: PublicURL.normalised, show: { $0 },
      """
      The base by which providers know us: signatures are computed over it, so it must be what \
      the provider calls, letter for letter.
      """),
  ]

  private static let listeners: [ConfigurationKey] = [
    .parsed(
      "listen.public", \.listen.public, listenExpectation,
      parse: ListenAddress.init, show: \.description,
      "The listener that providers reach: /webhooks and /media."),
    .parsed(
      "listen.api", \.listen.api, listenExpectation,
      parse: ListenAddress.init, show: \.description,
      "The listener of the API, /metrics and the health checks. Keep it off the internet."),
    .count(
      "listen.threads", \.listen.threads, 1...64,
      "Threads that serve the connections of each listener."),
    .optional(
      "tls.certificate", \.tlsCertificate, anyText, parse: nonEmpty, show: { $0 },
      "A PEM file with the certificate chain. Together with tls.key; without both, plain HTTP."),
    .optional(
      "tls.key", \.tlsKey, anyText, parse: nonEmpty, show: { $0 },
      "A PEM file with the certificate's private key."),
  ]

  private static let listenExpectation =
    "\"<address>:<port>\", such as \"0.0.0.0:8080\" or \"[::1]:8080\""

  // The upper ends keep a slip of the finger from asking for more than a machine has.
  private static let limits: [ConfigurationKey] = [
    .count(
      "limits.body_bytes", \.limits.bodyBytes, 1024...1_073_741_824,
      "Largest request body, in bytes; a larger one gets 413. Providers have smaller limits too."),
    .count(
      "limits.header_bytes", \.limits.headerBytes, 1024...1_048_576,
      "Largest request line with all headers, in bytes; larger ones get 431."),
    .count(
      "limits.connections", \.limits.connections, 1...100_000,
      "Connections open at once on each listener."),
    .count(
      "limits.connections_per_address", \.limits.connectionsPerAddress, 0...100_000,
      "Connections open at once from one address; 0 for no limit, as behind a proxy."),
    .count(
      "limits.idle_seconds", \.limits.idleSeconds, 1...3600,
      "How long a connection may be silent, in seconds."),
    .count(
      "limits.request_seconds", \.limits.requestSeconds, 1...3600,
      "How long a request may take to arrive as a whole, in seconds."),
  ]

  private static let operation: [ConfigurationKey] = [
    .count(
      "shutdown_seconds", \.shutdownSeconds, 0...600,
      "How long a stop waits for what is in flight, in seconds."),
    .choice(
      "log.level", \.log.level, LogLevel.allCases.map { ($0.word, $0) },
      "The least urgent log entries to write."),
    .choice(
      "log.format", \.log.format, Configuration.LogFormat.allCases.map { ($0.rawValue, $0) },
      "json for machines, text for people; auto is text on a terminal and json elsewhere."),
  ]

  private static let secrets: [ConfigurationKey] = [
    .optional(
      "master_key", \.masterKey, "64 hexadecimal digits or the base64 of 32 bytes", secret: true,
      parse: MasterKey.init, show: { _ in nil },
      """
      The key that encrypts secrets in the database. Give it by the environment, or leave it to \
      master_key_file.
      """),
    .text(
      "master_key_file", \.masterKeyFile,
      """
      The file the key is read from when master_key is not set; made at the first start, readable \
      by its owner alone. Without it the secrets in the database are lost: back it up.
      """),
  ]

  private static let storage: [ConfigurationKey] = [
    .count(
      "quarantine.days", \.quarantine.days, 1...365,
      "How long requests with a wrong signature are kept, in days."),
    .count(
      "quarantine.per_channel_per_day", \.quarantine.perChannelPerDay, 0...1_000_000,
      "How many of them are kept a channel and day."),
    .count(
      "ingest.batch", \.ingest.batch, 1...4096,
      "The most writes in one commit. Larger: more a second, and a longer wait for each."),
    .count(
      "ingest.queue", \.ingest.queue, 1...1_000_000,
      "The most writes that wait for a commit; more webhooks get 503, and come again."),
    .count(
      "sqlite.readers", \.sqlite.readers, 1...64,
      "Connections that read beside the one that writes."),
    .count(
      "sqlite.cache_mebibytes", \.sqlite.cacheMebibytes, 1...65_536,
      "Page cache of each connection, in MiB (1,048,576 bytes)."),
  ]

  private static let tenants: [ConfigurationKey] = [
    .text(
      "default_tenant", \.defaultTenant,
      "The tenant of channels and requests that name none; made at the first start."),
    .channels(
      "Channels that exist by configuration; `trunkline channels` makes others at run time."),
  ]
}
