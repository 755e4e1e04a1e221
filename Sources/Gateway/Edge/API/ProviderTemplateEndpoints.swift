/// The templates that providers keep for channels.
struct ProviderTemplateEndpoints: Sendable {
  private let services: Services

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `GET /v1/channels/{id}/templates`: every template of the channel's account as it was synced,
  /// with when that was and what came of the last try.
  func list(_ call: APICall) throws -> HTTPResponse {
    let account = try account(call)
    let (templates, sync) = try services.database.read { connection in
      (
        try connection.providerTemplates(of: account),
        try connection.templateSync(of: account)
      )
    }
    return .json([
      "data": .array(templates.map(\.json)), "next_cursor": .null,
      "sync": Self.render(account, sync),
    ])
  }

  /// `POST /v1/channels/{id}/templates/sync`: the provider is asked for all of them at once.
  func sync(_ call: APICall) throws -> HTTPResponse {
    _ = try call.body(allowed: [])
    let account = try account(call)
    let sync = try services.database.write { transaction in
      try transaction.syncTemplates(of: account)
      return try transaction.connection.templateSync(of: account)
    }
    return .json(["sync": Self.render(account, sync)], status: 202)
  }

  private func account(_ call: APICall) throws -> TemplateAccount {
    let id: ID<Channel> = try call.id()
    guard let live = services.directory[id] else {
      let channel = try services.database.read { connection in
        try connection.channel(id, tenant: call.tenantID, services.vault)
      }
      guard channel != nil else { throw Self.noChannel }
      throw APIError.conflict("The channel's settings cannot be used as they are.")
    }
    guard live.channel.tenantID == call.tenantID else { throw Self.noChannel }
    guard live.provider is any TemplateKeeping else {
      throw APIError.conflict("\(live.channel.provider) keeps no templates for its channels.")
    }
    guard let account = live.templateAccount else {
      throw APIError.conflict(
        "The channel's settings do not say whose templates it has: name the account there.")
    }
    return account
  }

  private static let noChannel = APIError.notFound("There is no such channel.")

  private static func render(_ account: TemplateAccount, _ state: TemplateSyncState?) -> JSON {
    [
      "account": .string(account.account), "synced_at": JSON(state?.syncedAt),
      "next_at": JSON(state?.dueAt), "failures": .integer(state?.tries ?? 0),
      "reason": JSON(state?.reason),
    ]
  }
}
