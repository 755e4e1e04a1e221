/// A raw inbound request and what became of it.
package struct Receipt: Identified, Sendable {
  /// `rcp_…`
  package static let idPrefix: StaticString = "rcp_"
  /// Its identifier.
  package let id: ID<Receipt>
  /// Whose channel was called.
  package let tenantID: ID<Tenant>
  /// The channel that was called.
  package let channelID: ID<Channel>
  /// The request as it stood on the wire.
  package let request: HTTPRequest
  /// Who called, as the socket says.
  package let remoteAddress: String
  /// When it arrived.
  package let receivedAt: Instant
  /// What became of it.
  package var state: ReceiptState
  /// Why, where the state alone does not say.
  package var reason: String?
  /// Which secret and address matched; `nil` when none did.
  package var verifiedBy: String?
  /// What became of each item, rendered.
  package var items: [UInt8]
  /// How often it was processed, from 1.
  package var attempts: Int64
  /// How long the body is, where it was not read along.
  package var bodyBytes: Int64?

  /// The receipt as JSON. `body` only where asked for: it is somebody's message.
  package func json(withRequest: Bool) -> JSON {
    var object: JSONObject = [
      "id": .string(id.description), "tenant_id": .string(tenantID.description),
      "channel_id": .string(channelID.description), "state": .string(state.rawValue),
      "reason": JSON(reason), "verified_by": JSON(verifiedBy), "received_at": JSON(receivedAt),
      "attempts": .integer(attempts), "items": (try? JSON.parse(items)) ?? [],
      "body_bytes": .integer(bodyBytes ?? Int64(request.body.count)),
    ]
    if withRequest { object["request"] = Self.render(request, remoteAddress) }
    return .object(object)
  }

  private static func render(_ request: HTTPRequest, _ remoteAddress: String) -> JSON {
    let headers = request.headers.fields.map { field -> JSON in
      // The header may be the secret itself, as Telegram's is.
      let secret = secretHeaders.contains { HTTPHeaders.sameName($0, field.name) }
      return [
        "name": .string(field.name), "value": .string(secret ? "(hidden)" : field.value),
      ]
    }
    let text = String(validating: request.body, as: UTF8.self)
    return [
      "method": .string(request.method), "target": .string(request.target),
      "remote_address": .string(remoteAddress), "headers": .array(headers),
      "body": JSON(text), "body_base64": text == nil ? .string(Base64.encode(request.body)) : nil,
    ]
  }

  /// Header fields whose value alone lets somebody in.
  private static let secretHeaders = [
    "authorization", "cookie", "x-telegram-bot-api-secret-token",
  ]
}
