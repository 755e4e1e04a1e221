/// What Twilio says of where a telephone number is from; most parts are often empty.
struct PhonePlace: Equatable, Sendable {
  /// The city in capitals, or empty.
  var city = ""
  /// The state or province, or empty.
  var state = ""
  /// The postal code, or empty.
  var zip = ""
  /// The ISO 3166 country code, or empty.
  var country = ""

  /// Looks a number up by its first digits.
  init(of number: String) {
    if let area = Self.areas.first(where: { number.hasPrefix($0.prefix) }) {
      (city, state, zip, country) = (area.city, area.state, area.zip, "US")
    } else if let match = Self.countries.first(where: { number.hasPrefix($0.prefix) }) {
      country = match.country
    }
  }

  private static let areas: [(prefix: String, city: String, state: String, zip: String)] = [
    ("+1503", "PORTLAND", "OR", "97205"), ("+1415", "SAN FRANCISCO", "CA", "94103"),
    ("+1206", "", "WA", ""), ("+1312", "CHICAGO", "IL", "60601"),
  ]

  private static let countries: [(prefix: String, country: String)] = [
    ("+1", "US"), ("+20", "EG"), ("+30", "GR"), ("+33", "FR"), ("+34", "ES"), ("+351", "PT"),
    ("+381", "RS"), ("+44", "GB"), ("+49", "DE"), ("+52", "MX"), ("+55", "BR"), ("+81", "JP"),
    ("+91", "IN"), ("+972", "IL"),
  ]

  /// The four parameters under a prefix such as `From`.
  func fields(_ prefix: String) -> [(String, String)] {
    [
      ("\(prefix)City", city), ("\(prefix)State", state), ("\(prefix)Zip", zip),
      ("\(prefix)Country", country),
    ]
  }
}
