import Gateway

extension Verb {
  /// `receipts`.
  static let receipts = Verb(
    name: "receipts", summary: "Look at the raw requests and what became of them",
    verbs: [
      Verb(
        name: "list", summary: "List receipts, the newest first",
        options: [
          .value("state", "STATE", "Only these: \(Receipts.states)."),
          .value("limit", "N", "How many at most (default \(Receipts.standardLimit))."), .json,
        ],
        run: Receipts.list),
      Verb(
        name: "show", summary: "Show a receipt with the request as it stood on the wire",
        operands: [.required("RECEIPT_ID")], options: [.json], run: Receipts.show),
    ])
}

/// Receipts.
enum Receipts {
  /// The words for a state.
  static let states = ReceiptState.allCases.map(\.rawValue).joined(separator: ", ")
  /// As many as a terminal shows at a glance.
  static let standardLimit = 50
  /// More than a person reads and a machine holds with ease.
  private static let limitMax = 1_000_000

  /// `receipts list`.
  static func list(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let state: ReceiptState? = try arguments.word("state")
    let limit = try arguments.integer("limit", in: 1...limitMax) ?? standardLimit
    let receipts = try APIClient(console).list("/v1/receipts", query(state), most: limit)
    if arguments.has("json") {
      console.json(.page(receipts))
      return .done
    }
    var table = Table("id", "received", "state", "items", "reason")
    for receipt in receipts {
      table.add(
        receipt.text("id"), receipt.text("received_at"), receipt.text("state"),
        String(receipt["items"]?.array?.count ?? 0), receipt.text("reason"))
    }
    table.write(
      console,
      empty: state.map { "There are no \($0.rawValue) receipts." } ?? "There are no receipts.")
    return .done
  }

  /// The query for receipts of a state.
  static func query(_ state: ReceiptState?) -> [(String, String)] {
    state.map { [("state", $0.rawValue)] } ?? []
  }

  /// `receipts show`.
  static func show(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let id = PathPart.encode(arguments.operands.first ?? "")
    let receipt = try APIClient(console).get("/v1/receipts/\(id)")
    if arguments.has("json") {
      console.json(receipt)
      return .done
    }
    for name in ["id", "channel_id", "state", "reason", "verified_by", "received_at"]
    where !receipt.text(name).isEmpty {
      console.line("\(console.styled(name.padded(to: 14), .dim))\(receipt.text(name).harmless)")
    }
    let request = receipt["request"] ?? .null
    console.line(
      "\(console.styled("from".padded(to: 14), .dim))\(request.text("remote_address").harmless)")
    console.line()
    console.line("\(request.text("method")) \(request.text("target"))".harmless)
    for header in request["headers"]?.array ?? [] {
      console.line("\(header.text("name")): \(header.text("value"))".harmless)
    }
    console.line()
    let body = request["body"]?.string ?? request.text("body_base64")
    for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
      console.line(String(line).harmless)
    }
    return .done
  }
}
