/// Every provider this build knows. Adding one is a folder, a fixtures folder and a line.
package enum Providers {
  /// The providers, in the order the documentation lists them.
  package static let all: [any Provider.Type] = [
    Twilio.self,
    Telegram.self,
    WhatsAppCloud.self,
    Instagram.self,
    Messenger.self,
  ]

  /// The provider of that name, `nil` when this build has none.
  package static func named(_ name: String) -> (any Provider.Type)? {
    all.first { $0.name == name }
  }
}
