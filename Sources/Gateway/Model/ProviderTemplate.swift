/// A template that a provider keeps and has approved, as it was synced from there.
package struct ProviderTemplate: Equatable, Sendable {
  /// The provider's id of it.
  package var providerID: String?
  /// Its name.
  package var name: String
  /// Its language in the provider's words, such as `pt_BR`.
  package var language: String
  /// What it may be used for, in the provider's words, such as `MARKETING`.
  package var category: String?
  /// Whether it can be used, in the provider's words, such as `APPROVED`, `PAUSED`.
  package var status: String
  /// Why it cannot.
  package var reason: String?
  /// What it consists of, in the provider's words: what parameters are checked against.
  package var components: JSON

  /// A template.
  package init(
    providerID: String? = nil, name: String, language: String, category: String? = nil,
    status: String, reason: String? = nil, components: JSON = []
  ) {
    self.providerID = providerID
    self.name = name
    self.language = language
    self.category = category
    self.status = status
    self.reason = reason
    self.components = components
  }

  /// Why a message with it is written, where its category tells.
  package var purpose: MessagePurpose? {
    category.map { $0.uppercased() == "MARKETING" ? .marketing : .service }
  }

  /// The template as JSON: `{"provider_id","name","language","category","status","reason",
  /// "components"}`.
  package var json: JSON {
    [
      "provider_id": JSON(providerID), "name": .string(name), "language": .string(language),
      "category": JSON(category), "status": .string(status), "reason": JSON(reason),
      "components": components,
    ]
  }

  /// Reads what ``json`` writes.
  package init?(json: JSON) {
    guard let name = json["name"]?.string, let language = json["language"]?.string,
      let status = json["status"]?.string
    else { return nil }
    self.init(
      providerID: json["provider_id"]?.string, name: name, language: language,
      category: json["category"]?.string, status: status, reason: json["reason"]?.string,
      components: json["components"] ?? [])
  }
}

/// A provider tells that a template of its account has changed.
package struct TemplateReport: Equatable, Sendable {
  /// The template's name.
  package var name: String
  /// Its language in the provider's words.
  package var language: String
  /// The provider's id of it.
  package var providerID: String?
  /// Its new status in the provider's words, where that is what changed.
  package var status: String?
  /// Its new category, where that is what changed.
  package var category: String?
  /// Its new quality, where that is what changed.
  package var quality: String?
  /// The provider's reason.
  package var reason: String?

  /// A change of a template.
  package init(name: String, language: String) {
    self.name = name
    self.language = language
  }

  /// What `….events.json` shows beside the key and the type.
  var members: JSONObject {
    [
      "name": .string(name), "language": .string(language), "provider_id": JSON(providerID),
      "status": JSON(status), "category": JSON(category), "quality": JSON(quality),
      "reason": JSON(reason),
    ]
  }
}
