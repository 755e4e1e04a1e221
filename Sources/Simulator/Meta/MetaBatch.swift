import Gateway

/// Makes the large posts that Meta sends when much happens at once, or after it could not reach
/// anybody for a while: up to 1,000 updates of all kinds, for several accounts of one app.
package struct MetaBatch: Sendable {
  /// So many updates Meta puts into one post:
  /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview>.
  package static let updatesMax = 1000

  /// The accounts they are for, in turns.
  package var simulators: [MetaSimulator]
  /// How many updates.
  package var count = updatesMax
  /// How long the post is about, in bytes; texts are made longer for it, never shorter.
  package var bytes = 0
  /// What one of them is that nobody can read; `nil` for none.
  package var poison: MetaUpdate.Poison?
  /// How many people write; each to all accounts.
  package var people = 50

  /// A batch for these accounts, which are of one product.
  package init(_ simulators: [MetaSimulator]) { self.simulators = simulators }

  /// How many updates of the same account follow each other: neither one nor all.
  private static let run = 7
  /// Of so many updates three are texts; see ``kind(_:_:)``.
  private static let kinds = 8
  /// What a letter beyond ASCII takes in a post.
  private static let letterBytes = 6

  /// The updates, with the poison in their middle.
  package func updates() -> [MetaUpdate] {
    guard !simulators.isEmpty else { return [] }
    var simulators = simulators
    var updates: [MetaUpdate] = []
    let texts = max(1, count * 3 / Self.kinds)
    // Without their texts updates have some 400 bytes.
    let padding = max(0, (bytes - count * 400) / texts / Self.letterBytes)
    for number in 0..<count {
      let index = number / Self.run % simulators.count
      let text = "№ \(number) " + String(repeating: "é", count: min(padding, 4000))
      updates.append(Self.update(number, text, people: people, &simulators[index]))
    }
    if let poison, !updates.isEmpty {
      let middle = updates.count / 2
      updates[middle] = updates[middle].poisoned(poison)
    }
    return updates
  }

  /// The post, signed with the secret of the first account's app.
  package func request() -> HTTPRequest {
    simulators.first?.post(updates()) ?? HTTPRequest(method: "POST", target: "/")
  }

  private static func update(
    _ number: Int, _ text: String, people: Int, _ simulator: inout MetaSimulator
  ) -> MetaUpdate {
    let person = number % max(1, people)
    if simulator.account.product == .whatsApp {
      // Every fourth shows no number.
      let user =
        person % 4 == 3
        ? CloudUser(userID: "AR.77553311\(1000 + person)", username: "lu.\(person)", name: "Lu")
        : CloudUser(phone: "+55119\(87_000_000 + person)", name: "Rafaela \(person)")
      return whatsApp(number, text, user, &simulator)
    }
    return messaging(number, text, "654321098765\(1000 + person)", &simulator)
  }

  private static func whatsApp(
    _ number: Int, _ text: String, _ user: CloudUser, _ simulator: inout MetaSimulator
  ) -> MetaUpdate {
    let last = simulator.lastID
    switch number % kinds {
    case 1: return simulator.message(.media(.image, caption: "foto", fileName: nil), from: user)
    case 2 where !last.isEmpty: return simulator.message(.reply(text, to: last), from: user)
    case 3: return simulator.message(.media(.voice, caption: nil, fileName: nil), from: user)
    case 4 where !last.isEmpty:
      return simulator.message(.button(id: "slot:sat", title: "Sábado", of: last), from: user)
    case 5:
      return simulator.status(
        ["sent", "delivered", "read"][number / kinds % 3], of: simulator.newID(of: user.address),
        to: user.address)
    case 6:
      return simulator.message(.location(latitude: -23.5, longitude: -46.6, name: nil), from: user)
    default: return simulator.message(.text(text), from: user)
    }
  }

  private static func messaging(
    _ number: Int, _ text: String, _ person: String, _ simulator: inout MetaSimulator
  ) -> MetaUpdate {
    let last = simulator.lastID
    switch number % kinds {
    case 1: return simulator.message(.media(.image), from: person)
    case 2 where !last.isEmpty: return simulator.message(.reply(text, to: last), from: person)
    case 3: return simulator.message(.quickReply(title: "Sábado", payload: "sat"), from: person)
    case 4: return simulator.postback(title: "Menu", payload: "MENU", by: person)
    case 5 where !last.isEmpty: return simulator.seen(last, by: person)
    case 6: return simulator.message(.media(.audio), from: person)
    // Instagram's texts are at most 1,000 bytes long.
    default: return simulator.message(.text(String(text.prefix(450))), from: person)
    }
  }
}
