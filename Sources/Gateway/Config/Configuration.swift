/// Everything a person can set before the daemon starts.
///
/// The values written here are the defaults; ``ConfigurationKey/all`` names each one once, and from
/// that table come the parser, the environment's names, the documentation and the sample file
/// `Config/trunkline.json5`. ``load(path:environment:providers:)`` is the way in.
package struct Configuration: Equatable, Sendable {
  /// Stands for ``dataDirectory`` in ``store`` and ``masterKeyFile``.
  package static let dataDirectoryPlaceholder = "<data_dir>"

  /// The folder of the database, the attachments and the master key.
  package var dataDirectory = "data"
  /// The database as configured. See ``databasePath``.
  package var store = StoreLocation.sqlite(path: "<data_dir>/trunkline.db")
  /// The base by which providers know us, without a trailing slash.
  package var publicURL = "http://127.0.0.1:8080"
  /// Where the daemon listens.
  package var listen = Listen()
  /// TLS for both listeners, `nil` for plain HTTP behind a proxy.
  package var tls: TLS? {
    guard let certificate = tlsCertificate, let key = tlsKey else { return nil }
    return TLS(certificate: certificate, key: key)
  }
  /// The PEM file with the certificate chain. ``tls`` says whether its key is there too.
  package var tlsCertificate: String?
  /// The PEM file with the private key. ``tls`` says whether its certificate is there too.
  package var tlsKey: String?
  /// What a stranger can make the daemon hold.
  package var limits = Limits()
  /// How long a graceful stop may take, in seconds.
  package var shutdownSeconds = 10
  /// What is logged, and how.
  package var log = LogSettings()
  /// The key of all secrets at rest; `nil` to read ``masterKeyPath``.
  package var masterKey: MasterKey?
  /// The file with the key, as configured. See ``masterKeyPath``.
  package var masterKeyFile = "<data_dir>/master.key"
  /// What is kept of requests with a wrong signature.
  package var quarantine = Quarantine()
  /// How webhooks are grouped into commits.
  package var ingest = Ingest()
  /// How SQLite is used.
  package var sqlite = SQLite()
  /// The tenant of channels and requests that name none.
  package var defaultTenant = "default"
  /// Channels that exist by configuration, in the order of the file.
  package var channels: [ChannelConfiguration] = []

  /// The defaults.
  package init() {}

  /// The database file.
  package var databasePath: String {
    switch store {
    case .sqlite(let path): resolved(path)
    }
  }

  /// The file that holds the master key, made at the first start.
  package var masterKeyPath: String { resolved(masterKeyFile) }

  private func resolved(_ path: String) -> String {
    guard path.hasPrefix(Self.dataDirectoryPlaceholder) else { return path }
    return dataDirectory + path.dropFirst(Self.dataDirectoryPlaceholder.count)
  }
}

/// Where the data is.
package enum StoreLocation: Equatable, Sendable, CustomStringConvertible {
  /// A database file of SQLite.
  case sqlite(path: String)

  /// Reads `sqlite:<file>`; `nil` for all else. A database in memory is none: it would break the
  /// promise that what was acknowledged is kept.
  package init?(_ text: String) {
    let path = text.dropFirst("sqlite:".count)
    guard text.hasPrefix("sqlite:"), !path.isEmpty, path != ":memory:" else { return nil }
    self = .sqlite(path: String(path))
  }

  /// The location as configured.
  package var description: String {
    switch self {
    case .sqlite(let path): "sqlite:\(path)"
    }
  }
}

extension Configuration {
  /// Where the daemon listens.
  package struct Listen: Equatable, Sendable {
    /// The listener that providers reach: webhooks and media.
    package var `public` = ListenAddress(host: "0.0.0.0", port: 8080)
    /// The listener of the API, the metrics and the health checks.
    package var api = ListenAddress(host: "127.0.0.1", port: 8081)
    /// How many threads serve the connections of each listener.
    package var threads = 2
  }

  /// The files TLS needs.
  package struct TLS: Equatable, Sendable {
    /// The PEM file with the certificate chain.
    package let certificate: String
    /// The PEM file with the private key.
    package let key: String
  }

  /// What a stranger can make the daemon hold. A provider may set a smaller body for itself.
  package struct Limits: Equatable, Sendable {
    /// The largest request body, in bytes: 50 MiB, above the largest mail a provider posts.
    package var bodyBytes = 52_428_800
    /// The largest request line with all headers, in bytes.
    package var headerBytes = 32_768
    /// Connections open at once on each listener.
    package var connections = 1000
    /// Connections open at once from one address; 0 for no limit.
    package var connectionsPerAddress = 256
    /// How long a connection may be silent, in seconds.
    package var idleSeconds = 30
    /// How long a request may take to arrive as a whole, in seconds.
    package var requestSeconds = 30
  }

  /// What is logged, and how.
  package struct LogSettings: Equatable, Sendable {
    /// The least urgent entries written.
    package var level = LogLevel.info
    /// The form of an entry.
    package var format = LogFormat.auto
  }

  /// The form of a log entry.
  package enum LogFormat: String, CaseIterable, Sendable {
    /// Text on a terminal, JSON elsewhere.
    case auto
    /// One JSON object a line.
    case json
    /// One line of words.
    case text
  }

  /// What is kept of requests with a wrong signature.
  package struct Quarantine: Equatable, Sendable {
    /// For how many days.
    package var days = 7
    /// How many a channel and day; a flood fills no disk.
    package var perChannelPerDay = 1000
  }

  /// How webhooks are grouped into commits.
  package struct Ingest: Equatable, Sendable {
    /// The most webhooks in one commit.
    package var batch = 64
    /// The most webhooks that wait for a commit; more are answered 503, and come again.
    package var queue = 10_000
  }

  /// How SQLite is used.
  package struct SQLite: Equatable, Sendable {
    /// Connections that read beside the writer.
    package var readers = 2
    /// Page cache of each connection, in MiB.
    package var cacheMebibytes = 16
  }
}
