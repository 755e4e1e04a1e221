import Glibc

@testable import Gateway

/// Rules about single lines and the size of things.
extension TidyRule {
  /// Words of code that have a better one here.
  private static let replacements: [(word: String, sourcesOnly: Bool, advice: String)] = [
    ("try!", false, "handle the error or let it go up: the input may be a stranger's"),
    ("as!", false, "use as? and handle the other case"),
    ("fatalError(", true, "return an error; preconditionFailure only for our own mistakes"),
    ("DispatchQueue", false, "use WorkerThread or WorkerPool"),
    ("Mutex<", false, "use Locked: the thread sanitizer cannot see into Mutex"),
    ("Mutex(", false, "use Locked: the thread sanitizer cannot see into Mutex"),
    ("NSLock", false, "use Locked"),
    ("Locked<(@Sendable", false, "put the function into a struct: see Locked"),
    ("Monitor<(@Sendable", false, "put the function into a struct: see Locked"),
  ]

  static let bannedWords = lines(
    "banned words have a replacement",
    broken: [
      Sample("Sources/Gateway/System/A.swift", "let a = try! b()"),
      Sample("Tests/GatewayTests/A.swift", line: 2, "let b = 1\nlet a = b as! Int"),
      Sample("Sources/trunkline/A.swift", "fatalError(\"no\")"),
      Sample("Sources/Gateway/Store/A.swift", "let q: DispatchQueue"),
      Sample("Sources/Gateway/Store/A.swift", "let m = Mutex<Int>(0)"),
      Sample("Sources/Gateway/Store/A.swift", "let m = Mutex(0)"),
      Sample("Sources/Gateway/Store/A.swift", "let l = Locked<(@Sendable () -> Void)?>(nil)"),
      Sample("Sources/Gateway/Edge/A.swift", "  print(1)"),
    ],
    kept: [
      Sample("Sources/Gateway/A.swift", "// never try! here\nlet a = \"try! it\"\nblueprint(1)"),
      Sample("Sources/trunkline/A.swift", "print(1)"),
    ]
  ) { file, index in
    let code = file.code[index]
    for item in replacements where file.isSource || !item.sourcesOnly {
      if code.holds(item.word) { return "\(item.word): \(item.advice)" }
    }
    guard file.module == "Gateway", code.holds("print(") else { return nil }
    return "print: use Log, or return the text to the command that shows it"
  }

  static let leftovers = lines(
    "nothing is left for later in comments",
    broken: [
      Sample("Sources/Gateway/A.swift", "let a = 1 // TODO: more"),
      Sample("Tests/GatewayTests/A.swift", line: 2, "/*\n FIXME */"),
      Sample("Sources/Gateway/A.swift", "/// XXX"),
    ],
    kept: [Sample("Sources/Gateway/A.swift", "let a = \"TODO\" // a todo list")]
  ) { file, index in
    let found = ["TODO", "FIXME", "XXX"].first { file.comments[index].holds($0) }
    return found.map { "\($0): do it now, or write an issue and remove the comment" }
  }

  static let machinePaths = lines(
    "no path of one machine",
    broken: [
      Sample("Sources/Gateway/A.swift", "let a = \"/home/ada/trunkline\""),
      Sample("Tests/GatewayTests/A.swift", "// see /Users/ada/notes"),
    ],
    kept: [Sample("Sources/Gateway/A.swift", "let a = \"/webhooks/x\" // https://a.example/home/")]
  ) { file, index in
    // Not in the middle of an URL: those may have a folder of that name.
    let line = file.lines[index]
    for folder in ["/home/", "/Users/", "/root/", "/workspace/", "/work/"] {
      if line.holds(folder), !file.path.hasSuffix("Tidy/LineRules.swift") {
        return "\(folder): use a path relative to the repository, or a temporary folder"
      }
    }
    return nil
  }

  static let noWaiting = lines(
    "tests do not sleep",
    broken: [
      Sample("Tests/GatewayTests/A.swift", "sleep(1)"),
      Sample("Tests/EndToEndTests/A.swift", "try await Task.sleep(for: .seconds(1))"),
      Sample("Tests/GatewayTests/A.swift", "usleep(1)"),
    ],
    kept: [Sample("Tests/GatewayTests/A.swift", "func doesNotSleep() {}")]
  ) { file, index in
    guard !file.isSource else { return nil }
    let found = ["sleep(", "usleep(", "nanosleep(", "Task.sleep("]
      .first { file.code[index].holds($0) }
    return found.map { "\($0)): wait for what happens with Monitor, or move a ManualClock" }
  }

  static let lineLength = lines(
    "lines have at most 100 columns",
    broken: [
      Sample("Tests/A.swift", line: 2, "\n// " + String(repeating: "é", count: 98))
    ],
    kept: [
      Sample("Tests/A.swift", String(repeating: "é", count: 100)),
      Sample("Sources/A.swift", "/// <https://a.example/" + String(repeating: "a", count: 99)),
    ]
  ) { file, index in
    // Bytes are quicker to count; most lines need no more.
    let line = file.lines[index]
    guard line.utf8.count > 100, line.count > 100 else { return nil }
    // A link breaks when it is wrapped.
    if file.comments[index].holds("https://") { return nil }
    return "\(line.count) columns: wrap it"
  }

  static let fileLength = TidyRule(
    "files have at most 400 lines",
    broken: [
      Sample("Sources/A.swift", line: 401, String(repeating: "let a = 1\n", count: 401))
    ],
    kept: [Sample("Sources/A.swift", String(repeating: "let a = 1\n", count: 400))]
  ) { files in
    files.compactMap { file in
      let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
      return count > 400
        ? "\(file.path):\(count): \(count) lines: split it into files with one subject each" : nil
    }
  }

  static let functionLength = TidyRule(
    "functions have at most 70 lines",
    broken: [
      Sample(
        "Sources/A.swift", line: 2,
        "struct A {\n  func a() {\n" + String(repeating: "    b()\n", count: 69) + "  }\n}")
    ],
    kept: [
      Sample(
        "Sources/A.swift",
        "struct A {\n  func a() {\n" + String(repeating: "    b()\n", count: 68) + "  }\n}"),
      Sample(
        "Sources/A.swift",
        "protocol A {\n  func a()\n" + String(repeating: "  // b\n", count: 90)
          + "  var c: Int { get }\n}"),
    ]
  ) { files in
    files.flatMap { file in
      file.declarations.compactMap { declaration in
        let length = declaration.endLine - declaration.line + 1
        guard ["func", "init", "subscript", "deinit"].contains(declaration.keyword), length > 70
        else { return nil }
        return "\(file.path):\(declaration.line): \(declaration.name) has \(length) lines: "
          + "keep the decisions here and move the work into functions"
      }
    }
  }

  static let sqlInStore = TidyRule(
    "SQL stands under Store alone",
    broken: [
      Sample("Sources/Gateway/Edge/A.swift", line: 2, "\nlet a = \"SELECT id FROM message\""),
      Sample("Sources/trunkline/A.swift", "let a = \"\"\"\n  UPDATE a\n  SET b = 1\n  \"\"\""),
    ],
    kept: [
      Sample("Sources/Gateway/Store/A.swift", "let a = \"DELETE FROM message\""),
      Sample("Sources/trunkline-bench/A.swift", "let a = \"INSERT INTO a VALUES (1)\""),
      Sample("Sources/Gateway/Edge/A.swift", "let a = \"Please select one.\" // SELECT one"),
    ]
  ) { files in
    files.filter {
      $0.isSource && !$0.folder.hasPrefix("Store") && $0.module != "trunkline-bench"
    }
    .flatMap { file in
      file.literals.compactMap { literal in
        let words = literal.text
        let isSQL =
          ["SELECT ", "INSERT INTO ", "DELETE FROM "].contains { words.holds($0) }
          || (words.holds("UPDATE ") && words.holds("SET "))
        return isSQL ? "\(file.path):\(literal.line): SQL: give Store a function for it" : nil
      }
    }
  }
}

extension StringProtocol {
  /// Whether `word` is in the text, and does not begin in the middle of a longer word.
  func holds(_ word: String) -> Bool {
    // The C library searches: in a debug build it is thirty times as quick as a loop in Swift.
    String(self).withCString { start in
      var place = start
      while let found = strstr(place, word) {
        if found == start || !UInt8(bitPattern: found[-1]).isWordByte { return true }
        place = UnsafePointer(found) + 1
      }
      return false
    }
  }
}

extension UInt8 {
  /// Whether it can be part of a Swift name.
  var isWordByte: Bool {
    (97...122).contains(self) || (65...90).contains(self) || (48...57).contains(self)
      || self == UInt8(ascii: "_") || self >= 0x80
  }
}
