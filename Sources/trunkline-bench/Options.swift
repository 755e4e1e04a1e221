/// What the command line says.
struct Options {
  /// What can be measured, in the order it is.
  enum Scenario: String, CaseIterable {
    case disk
    case idle
    case inboundQuiet = "inbound-quiet"
    case inboundMillion = "inbound-million"
    case post = "post-1000"
    case enqueue
    case send
    case sendCallbacks = "send-callbacks"
    case wake
    case backlog
  }

  /// How long a daemon is measured in each round, in seconds.
  var seconds = 8
  /// How often bare loop and daemon take turns.
  var rounds = 3
  /// How many connections send, each its next request when its answer has come.
  var connections = 64
  /// How many messages the full database holds before.
  var messages = 1_000_000
  /// How many messages are sent in each round.
  var sends = 30_000
  /// How many messages are in the backlog that others are sent beside.
  var backlog = 1_000_000
  /// What is measured.
  var scenarios = Scenario.allCases
  /// Whether the table is left out.
  var isJSONOnly = false
  /// The folder in which the databases are made, `nil` for the system's temporary folder.
  var folder: String?
  /// Whether only the help is wanted.
  var wantsHelp = false

  /// Reads the words behind the program's name.
  ///
  /// - Throws: ``RigError`` that names the word.
  init(_ words: [String]) throws(RigError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--seconds": seconds = try Self.number(word, rest.popFirst(), 1...3600)
      case "--rounds": rounds = try Self.number(word, rest.popFirst(), 1...100)
      // More descriptors than that need another limit of the system.
      case "--connections": connections = try Self.number(word, rest.popFirst(), 1...500)
      case "--messages":
        messages = try Self.number(word, rest.popFirst(), 10_000...100_000_000)
      case "--sends": sends = try Self.number(word, rest.popFirst(), 1000...1_000_000)
      case "--backlog": backlog = try Self.number(word, rest.popFirst(), 1000...10_000_000)
      case "--only": scenarios = try Self.scenarios(rest.popFirst())
      case "--folder": folder = try Self.text(word, rest.popFirst())
      case "--json": isJSONOnly = true
      case "--help", "-h": wantsHelp = true
      default: throw RigError("unknown option \"\(word)\"; --help lists them")
      }
    }
  }

  private static func text(_ option: String, _ word: String?) throws(RigError) -> String {
    guard let word, !word.isEmpty else { throw RigError("\(option) needs a value") }
    return word
  }

  private static func number(
    _ option: String, _ word: String?, _ range: ClosedRange<Int>
  ) throws(RigError) -> Int {
    guard let number = Int(try text(option, word)), range.contains(number) else {
      throw RigError("\(option) takes \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func scenarios(_ word: String?) throws(RigError) -> [Scenario] {
    let names = try text("--only", word).split(separator: ",").map(String.init)
    for name in names where Scenario(rawValue: name) == nil {
      let known = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
      throw RigError("--only \(name): there is \(known)")
    }
    return Scenario.allCases.filter { names.contains($0.rawValue) }
  }

  /// The page that `--help` prints.
  static let help = """
    Measures the gateway: a table, then one JSON object a scenario and line.

      --seconds N      how long the daemon is measured in each round (8)
      --rounds N       how often bare loop and daemon take turns (3)
      --connections N  how many connections send at once (64)
      --messages N     what the full database holds before (1000000, some 4 GB on the disk, twice)
      --sends N        how many messages are sent in each round (30000)
      --backlog N      how many wait beside those in the scenario of that name (1000000)
      --only NAMES     some of disk, idle, inbound-quiet, inbound-million, post-1000, enqueue, send,
                       send-callbacks, wake, backlog, with commas
      --folder PATH    where the databases are made, and removed again ($TMPDIR or /tmp)
      --json           the JSON lines alone

    What is compared. The daemon is a process of its own: HTTP, signature, reading, ingest, a
    commit with synchronous=FULL, the answer. The bare loop is the limit: one thread that gives
    SQLite the same statements with rows of the same bytes, 64 ingests a commit, and nothing else.
    They take turns on equal copies of one database, and the medians of all rounds are printed.

    Sending: messages that were enqueued go through a Twilio channel to a stand-in for Twilio's API,
    a third process; the pace is from the first to the last that it accepted. Its limits are that
    stand-in asked by libcurl and nothing else, and a bare loop with the statements of a send, 64 a
    commit; the lower counts. With callbacks, each message is followed by three. The backlog waits
    on another, paused channel, or on the same one behind messages that are to go later.

    Where the time goes. While it runs, in another terminal:

      pid=$(pgrep -f 'trunkline-bench daemon')
      perf record -g --call-graph dwarf -p $pid -- sleep 5 && perf report --sort comm,symbol
      perf top -p $pid --sort comm,symbol

    Without perf, every instruction of a short run, some 50 times slower:

      valgrind --tool=callgrind --separate-threads=yes --trace-children=yes \\
        .build/release/trunkline-bench --only inbound-quiet --seconds 20 --rounds 1
    """
}
