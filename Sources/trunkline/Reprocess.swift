import Gateway

extension Verb {
  /// `reprocess`.
  static let reprocess = Verb(
    name: "reprocess", summary: "Take receipts in again, as if they came now",
    operands: [.optional("RECEIPT_ID")],
    options: [
      .value("state", "STATE", "All receipts of this state: \(Receipts.states)."),
      .flag("repair", "Replace what is no Unicode by U+FFFD before reading; what is stored stays."),
      .flag("dry-run", "Say how many there are and do nothing."), .json,
    ],
    notes: [
      """
      After a secret or a public URL was mended (quarantined), a channel was added (unrouted), or \
      a newer version knows more (unreadable, unrecognised, failed). What is there already is not \
      stored again. The oldest come first. Ends with status 1 when some are still not processed.
      """
    ],
    run: Reprocess.run)
}

/// Processes receipts again.
enum Reprocess {
  /// States that need nobody's attention.
  private static let settled: Set<String> = ["processed", "duplicate", "ignored"]

  /// Processes one receipt, or all of a state.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let api = try APIClient(console)
    let state: ReceiptState? = try arguments.word("state")
    switch (arguments.operands.first, state) {
    case (let id?, nil):
      let path = "/v1/receipts/\(PathPart.encode(id))"
      return try process([try api.get(path)], api, arguments, console)
    case (nil, let state?):
      // The list is newest first; what people said keeps its order.
      let receipts = try api.list("/v1/receipts", Receipts.query(state)).reversed()
      return try process(Array(receipts), api, arguments, console)
    default: throw arguments.misuse("needs either a RECEIPT_ID or --state")
    }
  }

  private static func process(
    _ receipts: [JSON], _ api: APIClient, _ arguments: Arguments, _ console: Console
  ) throws -> Outcome {
    if arguments.has("dry-run") {
      announce(receipts, arguments, console)
      return .done
    }
    if !arguments.has("json"), receipts.count != 1 {
      console.error("\(counted(receipts)) to reprocess")
    }
    var results: [JSON] = []
    var bar = ProgressBar(console, total: receipts.count > 1 ? receipts.count : 0)
    for receipt in receipts {
      do throws(Failure) {
        results.append(
          try api.post(
            "/v1/receipts/\(receipt.text("id"))/reprocess",
            ["repair": .bool(arguments.has("repair"))]))
      } catch {
        bar.finish()
        throw Failure(
          "\(receipt.text("id")), after \(results.count) of \(receipts.count): \(error.sentence)",
          hints: error.hints)
      }
      bar.step(results.last?.text("state") ?? "")
    }
    bar.finish()
    report(results, arguments, console)
    return results.allSatisfy { settled.contains($0.text("state")) } ? .done : .failed
  }

  private static func counted(_ receipts: [JSON]) -> String {
    receipts.count == 1 ? "1 receipt" : "\(receipts.count) receipts"
  }

  private static func announce(_ receipts: [JSON], _ arguments: Arguments, _ console: Console) {
    if arguments.has("json") {
      return console.json(["count": JSON(receipts.count), "data": .array(receipts)])
    }
    console.line("\(counted(receipts)) would be reprocessed.")
    guard let first = receipts.first, let last = receipts.last else { return }
    console.line("The oldest is of \(first.text("received_at")), \(first.text("id")),")
    console.line("the newest of \(last.text("received_at")), \(last.text("id")).")
  }

  private static func report(_ results: [JSON], _ arguments: Arguments, _ console: Console) {
    if arguments.has("json") { return console.json(.page(results)) }
    if results.count == 1, let result = results.first {
      let state = result.text("state")
      let style: Style = settled.contains(state) ? .green : .yellow
      console.line("\(result.text("id")) is \(console.styled(state, style)) now.")
      if !result.text("reason").isEmpty { console.line(result.text("reason").harmless) }
      for item in result["items"]?.array ?? [] { console.line("  \(ReceiptStory.item(item))") }
      return
    }
    for state in ReceiptState.allCases {
      let count = results.count { $0.text("state") == state.rawValue }
      if count > 0 { console.line("\(state.rawValue.padded(to: 14)) \(count)") }
    }
    if results.isEmpty { console.line("There is nothing to reprocess.") }
  }
}
