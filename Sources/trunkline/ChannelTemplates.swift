import Gateway

/// `channels templates`: what the provider keeps for a channel.
enum ChannelTemplates {
  /// Its line in the verb's table.
  static let verb = Verb(
    name: "templates", summary: "List the templates that the provider keeps for a channel",
    operands: [.required("CHANNEL")],
    options: [
      .flag(
        "sync", "Let the daemon ask the provider for all of them, soon after the command ends."),
      .json,
    ], run: run)

  /// Lists them, or has them asked for.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let api = try APIClient(console)
    let path = try Channels.path(arguments, api) + "/templates"
    if arguments.has("sync") {
      let answer = try api.post("\(path)/sync")
      if arguments.has("json") {
        console.json(answer)
      } else {
        console.line("The provider is asked for all templates; look again in a moment.")
      }
      return .done
    }
    let answer = try api.get(path)
    if arguments.has("json") {
      console.json(answer)
      return .done
    }
    var table = Table("name", "language", "category", "status", "quality", "reason")
    for template in answer["data"]?.array ?? [] {
      table.add(
        template.text("name"), template.text("language"), template.text("category"),
        template.text("status"), template.text("quality"), template.text("reason"))
    }
    table.write(console, empty: "There are no templates.")
    tell(answer["sync"] ?? .null, console)
    return .done
  }

  /// Says how old the list is, and why it is not newer.
  private static func tell(_ sync: JSON, _ console: Console) {
    let syncedAt = sync.text("synced_at")
    console.line()
    console.line(
      console.styled(syncedAt.isEmpty ? "Never synced." : "Synced at \(syncedAt).", .dim))
    let reason = sync.text("reason")
    guard !reason.isEmpty else { return }
    console.line(
      "\(console.styled("wrong", .red))  \(reason.harmless); next try at \(sync.text("next_at"))")
  }
}
