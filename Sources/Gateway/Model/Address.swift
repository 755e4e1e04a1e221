/// Where a person can be reached: normalised for matching, and raw as the provider wrote it.
package struct Address: Hashable, Sendable {
  /// The kind of address.
  package let type: ContactType
  /// The normalised value: what is unique within a tenant and type.
  package let value: String
  /// The value as it arrived.
  package let raw: String

  /// An address whose value is normalised already.
  package init(type: ContactType, value: String, raw: String? = nil) {
    self.type = type
    self.value = value
    self.raw = raw ?? value
  }

  /// A telephone number. Anything that is not one (an alphanumeric sender) becomes `other`.
  package init(phone raw: String) {
    if let number = PhoneNumber.e164(raw) {
      self.init(type: .phone, value: number, raw: raw)
    } else if let code = PhoneNumber.shortCode(raw) {
      self.init(type: .phone, value: code, raw: raw)
    } else {
      self.init(type: .other, value: raw.trimmed, raw: raw)
    }
  }

  /// The same number as the other kind of address that numbers are; `nil` for all other addresses.
  package var twin: Address? {
    switch type {
    case .phone: Address(type: .whatsapp, value: value, raw: raw)
    case .whatsapp: Address(type: .phone, value: value, raw: raw)
    default: nil
    }
  }

  /// The address as JSON: `{"type","value","raw"}`.
  package var json: JSON {
    ["type": .string(type.rawValue), "value": .string(value), "raw": .string(raw)]
  }
}

/// Telephone numbers as ITU-T E.164 writes them.
package enum PhoneNumber {
  /// `+` and 8 to 15 digits, without the spaces and punctuation people put between them; `nil` for
  /// what is no international number. A number without `+` is not guessed into a country.
  package static func e164(_ text: String) -> String? {
    var digits: [UInt8] = []
    var plus = false
    for byte in text.trimmed.utf8 {
      switch byte {
      case UInt8(ascii: "+") where !plus && digits.isEmpty: plus = true
      case 48...57: digits.append(byte)
      case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("),
        UInt8(ascii: ")"), UInt8(ascii: "/"):
        continue
      default: return nil
      }
    }
    guard plus, (8...15).contains(digits.count), digits.first != 48 else { return nil }
    return "+" + String(decoding: digits, as: UTF8.self)
  }

  /// The 3 to 8 digits of a short code.
  package static func shortCode(_ text: String) -> String? {
    let trimmed = text.trimmed
    let digits = trimmed.utf8.allSatisfy { (48...57).contains($0) }
    return digits && (3...8).contains(trimmed.utf8.count) ? trimmed : nil
  }
}

/// Somebody outside the organisation, as one request shows them.
package struct Person: Equatable, Sendable {
  /// Every address the request proves to be theirs, the one the provider identifies them by first.
  package var addresses: [Address]
  /// The name they show, if any. Never an identity.
  package var displayName: String?

  /// A person with at least one address.
  package init(addresses: [Address], displayName: String? = nil) {
    self.addresses = addresses
    self.displayName = displayName
  }

  /// The person as JSON: `{"addresses","display_name"}`.
  package var json: JSON {
    ["addresses": .array(addresses.map(\.json)), "display_name": JSON(displayName)]
  }
}
