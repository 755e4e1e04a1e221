/// The ways Twilio may have written our address when it signed.
///
/// Its signing side treats ports differently from product to product: as configured, left out, or
/// the default one added.
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-security>, 2026-08-13.
struct TwilioAddress {
  /// Which form it is, for the receipt.
  let label: String
  /// Scheme, host, port and prefix, to be followed by the request's target.
  let base: [UInt8]

  /// The forms of a public URL, the configured one first. Without user and password: Twilio never
  /// signs those. A URL without a scheme has its one form only.
  static func candidates(_ publicURL: String) -> [TwilioAddress] {
    let url = Array(withoutUserInfo(publicURL).utf8)
    let configured = TwilioAddress(label: "configured address", base: url)
    guard let start = authority(of: url) else { return [configured] }
    let end = url[start...].firstIndex(of: UInt8(ascii: "/")) ?? url.count
    // Behind the bracket of an IPv6 address, whose own colons are no port's.
    let host = url[start..<end].lastIndex(of: UInt8(ascii: "]")) ?? start
    if let colon = url[host..<end].lastIndex(of: UInt8(ascii: ":")) {
      let bare = Array(url[..<colon] + url[end...])
      return [configured, TwilioAddress(label: "address without port", base: bare)]
    }
    let isTLS = start == "https://".utf8.count
    let port = Array((isTLS ? ":443" : ":80").utf8)
    let full = Array(url[..<end]) + port + Array(url[end...])
    return [configured, TwilioAddress(label: "address with default port", base: full)]
  }

  /// The URL without `user:password@` and without slashes at its end.
  static func withoutUserInfo(_ publicURL: String) -> String {
    var url = Array(publicURL.utf8)
    while url.last == UInt8(ascii: "/") { url.removeLast() }
    if let start = authority(of: url) {
      let end = url[start...].firstIndex(of: UInt8(ascii: "/")) ?? url.count
      if let at = url[start..<end].lastIndex(of: UInt8(ascii: "@")) {
        url.removeSubrange(start...at)
      }
    }
    return String(decoding: url, as: UTF8.self)
  }

  /// Where the host begins, `nil` without `http://` or `https://`.
  private static func authority(of url: [UInt8]) -> Int? {
    for scheme in ["https://", "http://"] where url.starts(with: scheme.utf8) {
      return scheme.utf8.count
    }
    return nil
  }
}
