/// Seals what must be unreadable in the file: AES-256-GCM under the master key.
package struct Vault: Sendable {
  private let key: [UInt8]
  private let random: any RandomSource

  /// The master key has 32 bytes; `nil` for another length.
  package init?(key: [UInt8], random: any RandomSource = SystemRandom()) {
    guard key.count == 32 else { return nil }
    self.key = key
    self.random = random
  }

  /// A key of its own for one purpose: whoever learns it learns neither this nor another's.
  package func key(for purpose: String) -> [UInt8] {
    Crypto.hmac(.sha256, key: key, Array(purpose.utf8))
  }

  /// Seals settings for one row: copied into another row they do not open.
  package func seal(_ settings: JSONObject, row: [UInt8]) throws(StoreError) -> [UInt8] {
    guard
      let sealed = Crypto.seal(
        JSON.object(settings).serialized(), key: key, bound: row, random: random)
    else { throw StoreError(.broken, "the settings could not be sealed") }
    return sealed
  }

  /// Opens what was sealed for that row.
  ///
  /// - Throws: with the one thing a person can do about it: give the right master key.
  package func open(_ sealed: [UInt8], row: [UInt8]) throws(StoreError) -> JSONObject {
    guard let plain = Crypto.open(sealed, key: key, bound: row) else {
      throw StoreError(
        .broken, "the master key is not the one this database was sealed with")
    }
    guard let object = (try? JSON.parse(plain))?.object else {
      throw StoreError(.broken, "sealed settings are not JSON")
    }
    return object
  }
}
