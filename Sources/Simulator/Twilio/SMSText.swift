/// Counts the segments a text takes on the air, GSM 03.38.
package enum SMSText {
  /// Letters of the basic alphabet that are not ASCII letters or digits, each one septet.
  private static let basic = Set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà".unicodeScalars)
  /// Letters of the extension table, each two septets.
  private static let extended = Set("^{}\\[~]|€\u{0C}".unicodeScalars)

  /// Counts segments: 160 septets in one or 153 in each of several; with any other letter 70
  /// UTF-16 units in one or 67 in each of several. An empty text takes one.
  package static func segments(_ text: String) -> Int {
    var septets = 0
    for scalar in text.unicodeScalars {
      if basic.contains(scalar) || scalar.isASCII && scalar.properties.isAlphabetic
        || ("0"..."9").contains(scalar)
      {
        septets += 1
      } else if extended.contains(scalar) {
        septets += 2
      } else {
        return parts(text.utf16.count, single: 70, several: 67)
      }
    }
    return parts(septets, single: 160, several: 153)
  }

  private static func parts(_ units: Int, single: Int, several: Int) -> Int {
    units <= single ? 1 : (units + several - 1) / several
  }
}
