@testable import Gateway

/// Rules about which folder may know which.
extension TidyRule {
  /// The folders of `Sources/Gateway` from left to right; those of one entry do not know each
  /// other. The module's own files, such as `Gateway.swift`, stand right of all.
  private static let order: [Set<String>] = [
    ["System"], ["Model"], ["Providers"], ["Contract"], ["Store", "Wire"], ["Media"],
    ["Ingest", "Outbound", "Events"], ["Config"], ["Edge"],
  ]

  /// Which folders may import a C library; the others go through the folder's Swift.
  private static let importers: [String: Set<String>] = [
    "COpenSSL": ["Gateway/System", "Simulator"],
    "CSQLite": ["Gateway/Store", "trunkline-bench"],
    "CMicrohttpd": ["Gateway/Edge"],
    "CCurl": ["Gateway/Wire"],
    "CPostgres": ["Gateway/Store"],
  ]

  static let imports = lines(
    "each C library has one folder that calls it, and Foundation none",
    broken: [
      Sample("Sources/Gateway/Edge/A.swift", "import COpenSSL"),
      Sample("Sources/Gateway/System/A.swift", line: 2, "\nimport CCurl"),
      Sample("Tests/GatewayTests/A.swift", "import CSQLite"),
      Sample("Sources/trunkline/A.swift", "import Foundation"),
      Sample("Sources/Gateway/A.swift", "@preconcurrency import Dispatch"),
    ],
    kept: [
      Sample("Sources/Gateway/System/A.swift", "import COpenSSL\nimport CLinux"),
      Sample("Sources/Gateway/Store/SQLite/A.swift", "import CSQLite"),
      Sample("Sources/Simulator/A.swift", "import COpenSSL"),
      Sample("Sources/Gateway/A.swift", "import Synchronization"),
    ]
  ) { file, index in
    let words = file.code[index].split(separator: " ")
    guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
      words[..<keyword].allSatisfy({ $0.hasPrefix("@") })
    else { return nil }
    let module = String(words[keyword + 1])
    if module.hasPrefix("Foundation") {
      return "import \(module): use System and Glibc, it would triple the size of the binary"
    }
    if module == "Dispatch" { return "import Dispatch: use WorkerThread or WorkerPool" }
    guard let allowed = importers[module] else { return nil }
    let place = file.isSource ? "\(file.module)/\(file.folder)" : file.path
    if allowed.contains(where: { place == $0 || place.hasPrefix("\($0)/") }) { return nil }
    return "import \(module): only \(allowed.sorted().joined(separator: " and ")) may call it"
  }

  static let layers = TidyRule(
    "a file names only types of its own folder or of one further left",
    broken: [
      Sample("Sources/Gateway/System/A.swift", line: 2, "\nlet a: Receipt?"),
      Sample("Sources/Gateway/Store/A.swift", "let a = Curl()"),
      Sample("Sources/Gateway/System/A.swift", "struct A<B: Receipt> {}"),
      Sample("Sources/Gateway/Edge/A.swift", "let a = \"\\(Whole.name)\""),
      Sample("Sources/Gateway/Elsewhere/A.swift", "let a = 1"),
    ],
    kept: [
      Sample("Sources/Gateway/Edge/A.swift", "let a: Receipt? = Curl()"),
      Sample("Sources/Gateway/System/A.swift", "let a = 1 // Receipt\nlet b = \"Receipt\""),
      Sample("Sources/Gateway/System/A.swift", "struct A {\n  enum Receipt {}\n}\nlet b: Receipt"),
      Sample("Sources/Gateway/System/A.swift", "let a: State"),
      Sample("Sources/Gateway/System/A.swift", "struct A<Curl: Sendable> {\n  let b: Curl\n}"),
      Sample("Sources/Gateway/System/A.swift", "func a<B, Curl>(\n  b: Curl\n) {}"),
      Sample("Sources/Gateway/A.swift", "let a: Curl"),
    ],
    beside: [
      Sample("Sources/Gateway/Store/Receipt.swift", "struct Receipt { struct Inner {} }"),
      Sample("Sources/Gateway/Wire/Curl.swift", "struct Curl {}\nstruct State {}"),
      Sample("Sources/Gateway/Config/State.swift", "struct State {}"),
      Sample("Sources/Gateway/Whole.swift", "enum Whole {}"),
    ]
  ) { files in
    let files = files.filter { $0.isSource && $0.module == "Gateway" }
    return unplaced(files)
      + misused(
        files, home: { $0.folder.split(separator: "/").first.map(String.init) ?? "" },
        allows: { user, owner in rank(owner) < rank(user) },
        advice: { "\($0) is of \($1): pass in what you need, or move what both need to the left" })
  }

  static let providersApart = TidyRule(
    "providers do not know each other",
    broken: [
      Sample("Sources/Gateway/Providers/Telegram/A.swift", line: 2, "\nlet a = Twilio.self"),
      Sample("Sources/Gateway/Providers/Provider.swift", "let a = Twilio.self"),
    ],
    kept: [
      Sample("Sources/Gateway/Providers/Providers.swift", "let a = [Twilio.self]"),
      Sample("Sources/Gateway/Providers/WhatsApp/A.swift", "let a = MetaEnvelope.self"),
      Sample("Sources/Gateway/Providers/Twilio/A.swift", "let a = TwilioCodes.self"),
    ],
    beside: [
      Sample(
        "Sources/Gateway/Providers/Twilio/Twilio.swift",
        "struct Twilio: Provider {}\nenum TwilioCodes {}"),
      Sample("Sources/Gateway/Providers/Meta/MetaEnvelope.swift", "struct MetaEnvelope {}"),
    ]
  ) { files in
    let files = files.filter { $0.isSource && $0.folder.hasPrefix("Providers") }
    // A folder without a provider in it is what several share.
    let providers = Set(files.filter { !providerDeclarations($0).isEmpty }.map(\.folder))
    return misused(
      files.filter { !$0.path.hasSuffix("Providers/Providers.swift") }, home: { $0.folder },
      allows: { _, owner in owner == "Providers" || !providers.contains(owner) },
      advice: { "\($0) is of \($1): move what both need to a folder without a provider" })
  }

  static let providersComplete = TidyRule(
    "every provider has a README, and fixtures",
    broken: [
      Sample("Sources/Gateway/Providers/Nobody/A.swift", "struct Nobody: Provider {}"),
      Sample(
        "Sources/Gateway/Providers/Nobody/A.swift", "struct A: Sendable, WebhookRegistering {}"),
    ],
    kept: [Sample("Sources/Gateway/Providers/Meta/A.swift", "struct Envelope {}")]
  ) { files in
    files.filter { $0.isSource && $0.folder.hasPrefix("Providers/") }.flatMap { file in
      providerDeclarations(file).compactMap { declaration in
        let readme = "Sources/Gateway/\(file.folder)/README.md"
        let isKnown = Providers.all.contains { "\($0)" == declaration.name }
        if isKnown, File.exists("\(Repository.root)/\(readme)") { return nil }
        return "\(file.path):\(declaration.line): \(declaration.name) needs \(readme), "
          + "a line in Providers.all and a folder in ProviderFixtures"
      }
    }
  }

  /// The types of a file that conform to the contract of providers.
  private static func providerDeclarations(_ file: SourceFile) -> [Declaration] {
    file.declarations.filter { declaration in
      let names = typeNames(in: file.code[declaration.line - 1])
      return declaration.isType && declaration.keyword != "protocol" && !declaration.isPrivate
        && (names.contains("Provider") || names.contains("WebhookRegistering"))
    }
  }

  private static func rank(_ folder: String) -> Int {
    order.firstIndex { $0.contains(folder) } ?? order.count
  }

  private static func unplaced(_ files: [SourceFile]) -> [String] {
    files.compactMap { file in
      guard let folder = file.folder.split(separator: "/").first.map(String.init),
        rank(folder) == order.count
      else { return nil }
      return "\(file.path):1: give the folder \(folder) a place in the order of LayerRules.swift"
    }
  }

  /// Names of types whose home `allows` does not let the user's home name. A name that several
  /// homes declare, or that the user's own home declares at any depth, tells nothing.
  private static func misused(
    _ files: [SourceFile], home: (SourceFile) -> String,
    allows: (_ user: String, _ owner: String) -> Bool,
    advice: (_ name: String, _ owner: String) -> String
  ) -> [String] {
    var owners: [String: Set<String>] = [:]
    var own: [String: Set<String>] = [:]
    for file in files {
      for declaration in file.declarations {
        own[home(file), default: []].formUnion(
          placeholders(in: file.code[declaration.line - 1], of: declaration))
        guard declaration.isType else { continue }
        own[home(file), default: []].insert(declaration.name)
        if declaration.depth == 0, !declaration.isPrivate {
          owners[declaration.name, default: []].insert(home(file))
        }
      }
    }
    return files.flatMap { file -> [String] in
      let user = home(file)
      return file.code.enumerated().flatMap { index, code in
        Set(typeNames(in: code)).sorted().compactMap { name -> String? in
          guard let homes = owners[name], homes.count == 1, let owner = homes.first,
            owner != user, own[user]?.contains(name) != true, !allows(user, owner)
          else { return nil }
          let shown = owner.isEmpty ? "Gateway.swift" : owner
          return "\(file.path):\(index + 1): \(advice(name, shown))"
        }
      }
    }
  }

  /// The names of a declaration's generic parameters, such as `Key` of `struct Table<Key: A, Row>`.
  private static func placeholders(in code: String, of declaration: Declaration) -> [String] {
    let words = code.split(separator: "<", maxSplits: 1)
    guard words.count == 2, words[0].hasSuffix(declaration.name) else { return [] }
    return words[1].prefix { $0 != ">" }.split(separator: ",").compactMap {
      typeNames(in: String($0)).first
    }
  }

  /// The words that begin with a capital letter and are no member of something.
  private static func typeNames(in code: String) -> [String] {
    let bytes = Array(code.utf8)
    var names: [String] = []
    var start = 0
    while start < bytes.count {
      guard bytes[start].isWordByte else {
        start += 1
        continue
      }
      var end = start
      while end < bytes.count, bytes[end].isWordByte { end += 1 }
      let isMember = start > 0 && bytes[start - 1] == UInt8(ascii: ".")
      if (65...90).contains(bytes[start]), !isMember {
        names.append(String(decoding: bytes[start..<end], as: UTF8.self))
      }
      start = end
    }
    return names
  }
}
