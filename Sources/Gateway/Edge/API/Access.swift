/// What a route lets somebody do.
package enum Permission: String, CaseIterable, Sendable {
  case readChats = "chats:read"
  case markRead = "chats:mark_read"
  case sendMessages = "messages:send"
  case cancelMessages = "messages:cancel"
  case readTemplates = "templates:read"
  case manageTemplates = "templates:manage"
  case readClients = "clients:read"
  case readChannels = "channels:read"
  case manageChannels = "channels:manage"
  case readReceipts = "receipts:read"
  case reprocess = "receipts:reprocess"
  case readEvents = "events:read"
  case readDeliveries = "deliveries:read"
  case replay = "replays:manage"
  case manageKeys = "keys:manage"
  case manageTenants = "tenants:manage"
  case uploadFiles = "files:upload"
}

extension APIKey.Role {
  /// What a key of this role may do, in its own tenant.
  package var permissions: Set<Permission> {
    switch self {
    case .admin: Set(Permission.allCases)
    case .backend: Set(Permission.allCases).subtracting([.manageKeys, .manageTenants])
    case .ops:
      [
        .readChats, .sendMessages, .cancelMessages, .readTemplates, .readChannels, .readReceipts,
        .reprocess, .readEvents, .readDeliveries, .replay,
      ]
    case .agent: [.readChats, .markRead, .sendMessages, .readTemplates]
    case .sales: [.readChats, .markRead, .sendMessages, .readTemplates, .readClients]
    case .lead:
      [.readChats, .markRead, .sendMessages, .cancelMessages, .readTemplates, .readClients]
    }
  }
}

/// The text of API keys: `tk_` and 52 base32 characters, 32 random bytes, stored as a hash alone.
package enum APIKeyText {
  /// A new key.
  package static func make(_ random: any RandomSource) -> String {
    var text = "tk_"
    var bits: UInt32 = 0
    var count = 0
    for byte in random.bytes(32) {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 5 {
        count -= 5
        text.unicodeScalars.append(
          Unicode.Scalar(Crockford.alphabet[Int(bits >> UInt32(count)) & 31]))
      }
    }
    text.unicodeScalars.append(
      Unicode.Scalar(Crockford.alphabet[Int(bits << UInt32(5 - count)) & 31]))
    return text
  }

  /// What is stored and looked up. A plain hash suffices: the key is random, nothing to guess.
  package static func hash(_ text: String) -> [UInt8] { Crypto.sha256(Array(text.utf8)) }
}
