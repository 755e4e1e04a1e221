import Gateway
import Glibc

/// The command line.
@main
enum Trunkline {
  /// Runs one verb and ends with its status: 0 done, 1 failed, 2 called wrongly.
  static func main() {
    let console = Console.standard(environment: Environment.current)
    exit(run(Array(CommandLine.arguments.dropFirst()), console))
  }

  /// Finds the verb that `words` name, runs it and says what went wrong.
  static func run(_ words: [String], _ console: Console) -> Int32 {
    do {
      return switch try Invocation.read(words) {
      case .help(let text):
        shown(text, console)
      case .verb(let verb, let arguments):
        try verb.run(arguments, console).status
      }
    } catch let error as UsageError {
      console.complain(error.description)
      if let verb = error.verb { console.error("Run `trunkline \(verb) --help` for help.") }
      return Outcome.misusedStatus
    } catch let error as ConfigurationError {
      for finding in error.findings { console.error(finding.description) }
      return Outcome.misusedStatus
    } catch let error as Failure {
      console.complain(error.sentence)
      for hint in error.hints { console.error("  \(hint)") }
    } catch {
      console.complain("\(error)")
    }
    return Outcome.failed.status
  }

  private static func shown(_ text: String, _ console: Console) -> Int32 {
    console.write(text)
    return Outcome.done.status
  }
}

/// How a verb ended, where it did not throw.
enum Outcome: Equatable, Sendable {
  /// It did what was asked.
  case done
  /// It found or met something that is not as it should be, and has said so.
  case failed

  /// The process's status for a wrong call or configuration.
  static let misusedStatus: Int32 = 2

  /// The process's status.
  var status: Int32 { self == .done ? 0 : 1 }
}

/// The command line is wrong: status 2.
struct UsageError: Error, Equatable, CustomStringConvertible {
  /// The sentence for a person.
  let description: String
  /// The verb whose help says more, as it is typed; `nil` for the program as a whole.
  var verb: String?

  /// A sentence.
  init(_ description: String, verb: String? = nil) {
    self.description = description
    self.verb = verb
  }
}

/// Something did not work: status 1.
struct Failure: Error, Equatable {
  /// What, as a sentence.
  let sentence: String
  /// What to do about it, one line each.
  var hints: [String] = []

  /// A sentence and what to do.
  init(_ sentence: String, hints: [String] = []) {
    self.sentence = sentence
    self.hints = hints
  }
}
