/// A channel with its provider made ready, as the webhook listener needs it.
package struct LiveChannel: Sendable {
  /// The channel's row.
  package let channel: Channel
  /// The provider with the channel's settings.
  package let provider: any Provider
  /// The provider as one that sends, where it can.
  package let sending: (any Transport)?
  /// The lines it can send on, the first preferred.
  package let lines: [TransportKind]
  /// The base by which the provider knows us, without a slash at the end.
  package let publicURL: String
  /// Requests by what became of them.
  let counters: [ReceiptState: Metrics.Counter]
  /// Requests that passed without a right signature.
  let unverified: Metrics.Counter
  /// Things that requests told of accounts nobody has.
  let unrouted: Metrics.Counter

  /// Where the provider is to send its webhooks.
  package var webhookURL: String { "\(publicURL)/webhooks/\(channel.id)" }

  /// Makes the provider of a channel ready.
  ///
  /// - Throws: ``SettingsError`` when the settings do not suit the provider (any more).
  package init(
    _ channel: Channel, defaultPublicURL: String, metrics: Metrics
  ) throws(SettingsError) {
    guard let type = Providers.named(channel.provider) else {
      throw SettingsError(field: "provider", "this program knows no \"\(channel.provider)\"")
    }
    let provider = try type.init(
      settings: ChannelSettings(channel.settings, declared: type.settings))
    self.init(
      channel, provider: provider, defaultPublicURL: defaultPublicURL, metrics: metrics)
  }

  /// A channel with a provider that is ready already.
  package init(
    _ channel: Channel, provider: any Provider, defaultPublicURL: String, metrics: Metrics
  ) {
    self.channel = channel
    self.provider = provider
    let sending = provider as? any Transport
    self.sending = sending
    lines =
      sending.map { sending in
        sending.transports(address: channel.address)
          .filter { !type(of: sending).contactTypes(on: $0).isEmpty }
      } ?? []
    publicURL = channel.publicURL ?? defaultPublicURL
    let labels = [("channel", channel.id.description), ("provider", channel.provider)]
    counters = Dictionary(
      uniqueKeysWithValues: ReceiptState.allCases.map { state in
        (
          state,
          metrics.counter(
            "trunkline_webhooks_total", help: "Webhooks stored, by what became of them.",
            labels + [("state", state.rawValue)])
        )
      })
    unverified = metrics.counter(
      "trunkline_webhooks_unverified_total",
      help: "Webhooks let through with a wrong signature, because the channel observes only.",
      labels)
    unrouted = metrics.counter(
      "trunkline_unrouted_items_total",
      help: "Things webhooks told of accounts that no channel of the tenant has.", labels)
  }
}
