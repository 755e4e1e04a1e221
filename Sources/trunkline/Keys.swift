import Gateway

extension Verb {
  /// `keys`.
  static let keys = Verb(
    name: "keys", summary: "Make, list and revoke API keys",
    verbs: [
      Verb(
        name: "create", summary: "Make an API key and show it, this once",
        options: [
          .value("name", "NAME", "What the key is for."),
          .value("role", "ROLE", "One of \(Keys.roles)."),
          LocalStore.option,
          .value("tenant", "NAME", "With --local: whose key; the default tenant's if absent."),
          .config, .json,
        ],
        notes: [
          """
          The key alone goes to standard output, so that \
          export TRUNKLINE_API_KEY=$(trunkline keys create --local --role admin --name me) works.
          """
        ],
        run: Keys.create),
      Verb(
        name: "list", summary: "List the tenant's keys, without the keys themselves",
        options: [.json], run: Keys.list),
      Verb(
        name: "revoke", summary: "End a key", operands: [.required("KEY_ID")],
        run: Keys.revoke),
    ])
}

/// API keys.
enum Keys {
  /// The words for a role.
  static let roles = APIKey.Role.allCases.map(\.rawValue).joined(separator: ", ")

  /// `keys create`.
  static func create(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let name = try arguments.required("name")
    guard let role: APIKey.Role = try arguments.word("role") else {
      throw arguments.misuse("needs --role, one of \(roles)")
    }
    if !arguments.has("local"), arguments.has("tenant") {
      throw arguments.misuse("--tenant needs --local: a key makes keys of its own tenant only")
    }
    let made =
      arguments.has("local")
      ? try createLocally(name, role, arguments, console)
      : try APIClient(console).post(
        "/v1/keys", ["name": .string(name), "role": .string(role.rawValue)])
    if arguments.has("json") {
      console.json(made)
    } else {
      show(made, console)
    }
    return .done
  }

  /// Shows a new key: itself on standard output, all else beside it.
  static func show(_ made: JSON, _ console: Console) {
    console.line(made.text("key"))
    console.error(
      "This is key \(made.text("id")) (\(made.text("role"))). It is not shown again. To use it:")
    console.error("  export \(APIClient.keyVariable)=\(made.text("key"))")
  }

  private static func createLocally(
    _ name: String, _ role: APIKey.Role, _ arguments: Arguments, _ console: Console
  ) throws -> JSON {
    let wanted = try arguments.string("tenant")
    return try LocalStore.with(arguments, console) { store in
      let tenant =
        try wanted.map { name in
          let found = try store.database.read { try $0.tenant(named: name) }
          guard let found else { throw Failure("there is no tenant \"\(name)\"") }
          return found
        } ?? store.tenant
      return try add(name, role, tenant: tenant, store.database)
    }
  }

  /// Stores a new key and returns it with its text.
  static func add(
    _ name: String, _ role: APIKey.Role, tenant: Tenant, _ database: Database
  ) throws -> JSON {
    let text = APIKeyText.make(SystemRandom())
    let key = try database.write { transaction in
      try transaction.addAPIKey(
        tenant: tenant.id, name: name, role: role, hash: APIKeyText.hash(text))
    }
    var object = key.json.object ?? [:]
    object["key"] = .string(text)
    return .object(object)
  }

  /// `keys list`.
  static func list(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let keys = try APIClient(console).get("/v1/keys")
    if arguments.has("json") {
      console.json(keys)
      return .done
    }
    var table = Table("id", "role", "name", "made", "revoked")
    for key in keys["data"]?.array ?? [] {
      table.add(
        key.text("id"), key.text("role"), key.text("name"), key.text("created_at"),
        key.text("revoked_at"))
    }
    table.write(console, empty: "There are no keys.")
    return .done
  }

  /// `keys revoke`.
  static func revoke(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    for id in arguments.operands {
      _ = try APIClient(console).call("DELETE", "/v1/keys/\(PathPart.encode(id))")
      console.line("\(id) is revoked.")
    }
    return .done
  }
}

/// What a person typed, as a part of a path.
enum PathPart {
  /// Letters, digits and underscores as they are, all else as RFC 3986 §2.1 has it.
  static func encode(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "_"): String(Unicode.Scalar(byte))
      default: "%" + Hex.encode([byte]).uppercased()
      }
    }.joined()
  }
}
