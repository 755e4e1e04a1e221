extension RouteTable {
  /// The whole API, in the order of the documentation.
  package static func api(_ services: Services) -> RouteTable {
    let chats = ChatEndpoints(services)
    let messages = MessageEndpoints(services)
    let cancel = CancelEndpoints(services)
    let templates = TemplateEndpoints(services)
    let channels = ChannelEndpoints(services)
    let kept = ProviderTemplateEndpoints(services)
    let receipts = ReceiptEndpoints(services)
    let files = FileEndpoints(services)
    let deliveries = DeliveryEndpoints(services)
    let replays = ReplayEndpoints(services)
    let routes = [
      Route("GET", "/v1/chats", .readChats, chats.list),
      Route("GET", "/v1/chats/{id}", .readChats, chats.show),
      Route("GET", "/v1/chats/{id}/messages", .readChats, chats.messages),
      Route("POST", "/v1/chats/{id}/read", .markRead, chats.markRead),
      Route("POST", "/v1/chats/{id}/typing", .sendMessages, messages.typing),
      Route(
        "POST", "/v1/messages", .sendMessages, bodyBytesMax: MessageEndpoints.bodyBytesMax,
        deferred: messages.enqueue),
      Route("POST", "/v1/messages/cancel", .cancelMessages, cancel.many),
      Route("POST", "/v1/messages/{id}/cancel", .sendMessages, cancel.one),
      Route("GET", "/v1/messages/{id}", .readChats, chats.message),
      Route("GET", "/v1/messages/{id}/timeline", .readReceipts, receipts.timeline),
      Route("GET", "/v1/clients/{id}", .readClients, chats.client),
      Route("GET", "/v1/clients/{id}/contacts", .readClients, chats.contacts),

      Route("GET", "/v1/templates", .readTemplates, templates.list),
      Route("POST", "/v1/templates", .manageTemplates, templates.create),
      Route("GET", "/v1/templates/{id}", .readTemplates, templates.show),
      Route("PATCH", "/v1/templates/{id}", .manageTemplates, templates.change),
      Route("DELETE", "/v1/templates/{id}", .manageTemplates, templates.remove),

      Route("GET", "/v1/files/{id}", .readChats, files.show),
      Route(
        "POST", "/v1/files", .uploadFiles, fileBytesMax: FileEndpoints.uploadBytesMax,
        files.upload),

      Route("GET", "/v1/channels", .readChannels, channels.list),
      Route("POST", "/v1/channels", .manageChannels, channels.create),
      Route("GET", "/v1/channels/{id}", .readChannels, channels.show),
      Route("PATCH", "/v1/channels/{id}", .manageChannels, channels.change),
      Route("POST", "/v1/channels/{id}/pause", .manageChannels, channels.pause),
      Route("POST", "/v1/channels/{id}/resume", .manageChannels, channels.resume),
      Route("POST", "/v1/channels/{id}/check", .manageChannels, channels.check),
      Route("GET", "/v1/channels/{id}/templates", .readTemplates, kept.list),
      Route("POST", "/v1/channels/{id}/templates/sync", .manageTemplates, kept.sync),

      Route("GET", "/v1/deliveries", .readDeliveries, deliveries.list),
      Route("GET", "/v1/deliveries/{id}", .readDeliveries, deliveries.show),
      Route("GET", "/v1/replays", .readDeliveries, replays.list),
      Route("POST", "/v1/replays", .replay, replays.create),
      Route("GET", "/v1/replays/{id}", .readDeliveries, replays.show),
      Route("POST", "/v1/replays/{id}/pause", .replay, replays.pause),
      Route("POST", "/v1/replays/{id}/resume", .replay, replays.resume),
      Route("POST", "/v1/replays/{id}/cancel", .replay, replays.cancel),

      Route("GET", "/v1/receipts", .readReceipts, receipts.list),
      Route("GET", "/v1/receipts/{id}", .readReceipts, receipts.show),
      Route("POST", "/v1/receipts/{id}/reprocess", .reprocess, receipts.reprocess),

      Route("GET", "/v1/events", .readEvents, receipts.events),
    ]
    return RouteTable(routes + administration(services))
  }

  /// Who may come in, and how the daemon is.
  private static func administration(_ services: Services) -> [Route] {
    let access = AccessEndpoints(services)
    let health = HealthEndpoints(services)
    return [
      Route("GET", "/v1/keys", .manageKeys, access.keys),
      Route("POST", "/v1/keys", .manageKeys, access.createKey),
      Route("DELETE", "/v1/keys/{id}", .manageKeys, access.revokeKey),
      Route("GET", "/v1/tenants", .manageTenants, access.tenants),
      Route("POST", "/v1/tenants", .manageTenants, access.createTenant),

      Route("GET", "/healthz", nil, immediate: true, health.alive),
      Route("GET", "/readyz", nil, health.ready),
      Route("GET", "/metrics", nil, immediate: true, health.metrics),
    ]
  }
}
