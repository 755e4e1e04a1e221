import Gateway

extension Verb {
  /// `tenants`.
  static let tenants = Verb(
    name: "tenants", summary: "Make and list tenants",
    verbs: [
      Verb(
        name: "create", summary: "Make a tenant with its first key",
        operands: [.required("NAME")], options: [LocalStore.option, .config, .json],
        run: Tenants.create),
      Verb(
        name: "list", summary: "List the tenants", options: [LocalStore.option, .config, .json],
        run: Tenants.list),
    ])
}

/// Tenants.
enum Tenants {
  /// `tenants create`.
  static func create(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let name = arguments.operands.first?.trimmed ?? ""
    if name.isEmpty { throw arguments.misuse("needs a NAME that is not empty") }
    let made =
      arguments.has("local")
      ? try LocalStore.with(arguments, console) { try createLocally(name, $0.database) }
      : try APIClient(console).post("/v1/tenants", ["name": .string(name)])
    if arguments.has("json") {
      console.json(made)
      return .done
    }
    console.error("Tenant \(made["tenant"]?.text("id") ?? "") (\(name.harmless)) is made.")
    Keys.show(made["key"] ?? .null, console)
    return .done
  }

  private static func createLocally(_ name: String, _ database: Database) throws -> JSON {
    let tenant: Tenant
    do {
      tenant = try database.write { try $0.addTenant(named: name) }
    } catch let error as StoreError where error.decision == .conflict {
      throw Failure("there is a tenant \"\(name)\" already")
    }
    let key = try Keys.add("first administrator", .admin, tenant: tenant, database)
    return ["tenant": tenant.json, "key": key]
  }

  /// `tenants list`.
  static func list(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let page =
      arguments.has("local")
      ? try LocalStore.with(arguments, console) { store in
        JSON.page(try store.database.read { try $0.tenants().map(\.json) })
      } : try APIClient(console).get("/v1/tenants")
    if arguments.has("json") {
      console.json(page)
      return .done
    }
    var table = Table("id", "name", "made")
    for tenant in page["data"]?.array ?? [] {
      table.add(tenant.text("id"), tenant.text("name"), tenant.text("created_at"))
    }
    table.write(console, empty: "There are no tenants.")
    return .done
  }
}
