import Testing

@testable import Gateway

/// A part of a page that is made from the code, between two comments that name it.
struct GeneratedBlock: Sendable, CustomTestStringConvertible {
  /// The page.
  let article: String
  /// The word in the comments.
  let name: String
  /// What stands there, without a line break at its end.
  let text: @Sendable () -> String

  var testDescription: String { "\(article): \(name)" }

  static let all: [GeneratedBlock] =
    [
      GeneratedBlock(article: "Configuring", name: "keys") {
        String(Configuration.documentation().dropLast())
      },
      GeneratedBlock(article: "StateMachines", name: "ranks", text: ranks),
      GeneratedBlock(article: "API", name: "permissions", text: permissions),
    ]
    + Providers.all.map { provider in
      GeneratedBlock(article: "Configuring", name: provider.name) { settings(of: provider) }
    }

  /// The states of a message in the order of the fold.
  @Sendable private static func ranks() -> String {
    let states = MessageStatus.allCases.sorted {
      StatusFold.order($0) < StatusFold.order($1)
    }
    return table(
      ["rank", "tie", "status", "an end without arrival"],
      states.map { state in
        let (rank, tie) = StatusFold.order(state)
        return [
          "\(rank)", "\(tie)", "`\(state.rawValue)`", StatusFold.isFailure(state) ? "yes" : "",
        ]
      })
  }

  /// Which role may do what.
  @Sendable private static func permissions() -> String {
    let roles = APIKey.Role.allCases
    return table(
      ["permission"] + roles.map { "`\($0.rawValue)`" },
      Permission.allCases.map { permission in
        ["`\(permission.rawValue)`"]
          + roles.map { $0.permissions.contains(permission) ? "yes" : "" }
      })
  }

  private static func settings(of provider: any Provider.Type) -> String {
    table(
      ["setting", "secret", "required", "list", "meaning"],
      provider.settings.map { key in
        [
          "`\(key.name)`", key.isSecret ? "yes" : "", key.isRequired ? "yes" : "",
          key.isList ? "yes" : "", escaped(key.meaning),
        ]
      })
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { $0 += ["<", "|", "_", "*"].contains($1) ? "\\\($1)" : "\($1)" }
  }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    let line: ([String]) -> String = { cells in
      cells.reduce("|") { $0 + ($1.isEmpty ? " |" : " \($1) |") }
    }
    return ([line(head), "|" + String(repeating: "---|", count: head.count)] + rows.map(line))
      .joined(separator: "\n")
  }
}
