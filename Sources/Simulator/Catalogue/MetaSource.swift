import Gateway

extension SimulatedSource {
  /// Makes Meta's stand-in for a number of WhatsApp's.
  func whatsAppCloud(displayNumber: String) throws(SimulatorError) -> MetaSimulator {
    simulator(
      MetaAccount(
        .whatsApp, id: try secret("phone_number_id"),
        parentID: secrets["business_account_id"] ?? "0", displayNumber: displayNumber,
        accessToken: "", appSecret: try secret("app_secret"),
        verifyToken: secrets["verify_token"] ?? ""))
  }

  /// Makes Meta's stand-in for an Instagram account or a page.
  func messaging(_ product: MetaAccount.Product) throws(SimulatorError) -> MetaSimulator {
    simulator(
      MetaAccount(
        product, id: try secret(product == .instagram ? "account_id" : "page_id"),
        accessToken: "", appSecret: try secret("app_secret"),
        verifyToken: secrets["verify_token"] ?? ""))
  }

  private func simulator(_ account: MetaAccount) -> MetaSimulator {
    MetaSimulator(account, webhookURL: webhookURL, random: random, now: now)
  }
}

/// The options and kinds that all of Meta's products take.
enum MetaOptions {
  /// How to falsify a request.
  static let forge = SimulatedOption.optional(
    "forge",
    "falsify it: " + MetaSimulator.Forgery.allCases.map(\.rawValue).joined(separator: ", "))
  /// How many updates a batch has.
  static let count = SimulatedOption.optional(
    "count", "how many updates, 1 to 1000", default: "1000")
  /// What one update of a batch is.
  static let poison = SimulatedOption.optional(
    "poison",
    "one that nobody can read: "
      + MetaUpdate.Poison.allCases.map(\.rawValue).joined(separator: ", "))
  /// The value that a handshake wants back.
  static let challenge = SimulatedOption.optional(
    "challenge", "what is to be repeated", default: "1158201444")

  /// The handshake, by which Meta makes sure of an address.
  static func handshake(
    _ source: @escaping @Sendable (SimulatedSource) throws(SimulatorError) -> MetaSimulator
  ) -> SimulatedEvent {
    SimulatedEvent("handshake", "the GET by which Meta makes sure of the address", [challenge]) {
      options, given throws(SimulatorError) in
      let simulator = try source(given)
      _ = try given.secret("verify_token")
      return simulator.handshake(challenge: options["challenge"])
    }
  }

  /// A post with many updates.
  static func batch(
    _ source: @escaping @Sendable (SimulatedSource) throws(SimulatorError) -> MetaSimulator
  ) -> SimulatedEvent {
    SimulatedEvent("batch", "one post with many updates of all kinds", [count, poison, forge]) {
      options, given throws(SimulatorError) in
      let simulator = try source(given)
      let count = try options.integer("count")
      guard (1...Int64(MetaBatch.updatesMax)).contains(count) else {
        throw options.wrong("count", "1 to \(MetaBatch.updatesMax)")
      }
      var batch = MetaBatch([simulator])
      batch.count = Int(count)
      batch.poison = try options.word("poison")
      return try forged(batch.request(), simulator, options)
    }
  }

  /// The request as it is, or falsified as the options ask.
  static func forged(
    _ request: HTTPRequest, _ simulator: MetaSimulator, _ options: SimulatedOptions
  ) throws(SimulatorError) -> HTTPRequest {
    guard let forgery: MetaSimulator.Forgery = try options.word("forge") else { return request }
    return simulator.forged(request, forgery)
  }
}
