import Gateway
import Glibc
import Simulator

/// The child that is sent to: the stand-in for Twilio's API, in a process of its own so that its
/// work is not the daemon's.
enum ProviderMode {
  /// The word that starts it.
  static let word = "provider"
  /// The word behind it that has it print a line for every message it accepts.
  static let tell = "tell"
  /// The question of how far it is.
  static let count: Character = "c"

  private struct Tally {
    var first: UInt64 = 0
    var last: UInt64 = 0
  }

  /// Runs until standard input ends. Prints its port as one line; to each ``count`` on standard
  /// input the messages it accepted, the callbacks that were taken and that were not, and when the
  /// first and the last message was accepted, by the monotonic clock.
  ///
  /// - Parameter words: ``tell`` perhaps, and the port callbacks go to; without, there are none.
  static func run(_ words: [String]) -> Int32 {
    Signals.block()
    let tally = Locked(Tally())
    let isTelling = words.contains(tell)
    let port = words.compactMap { UInt16($0) }.first
    var script = ProviderScript()
    // Twilio's identifiers are never the same twice; those of equal seeds are.
    script.seed = monotonicNanoseconds()
    // What nobody is told of needs not happen either, or not while we measure.
    if port == nil { script.statuses.delayMilliseconds = Self.never...Self.never }
    let account = TwilioAccount(
      sid: DataFolder.accountSID, authToken: DataFolder.authToken,
      callbackRoute: port.map {
        TwilioAccount.Route(known: DataFolder.publicURL, real: "http://127.0.0.1:\($0)")
      })
    do {
      let server = try ProviderServer(script: script, twilio: [account], ledger: .counts) { entry in
        guard entry.outcome.id != nil else { return }
        let now = monotonicNanoseconds()
        tally.withLock { tally in
          if tally.first == 0 { tally.first = now }
          tally.last = max(tally.last, now)
        }
        if isTelling { say("\(now)") }
      }
      server.start()
      say("\(server.port)")
      var byte: UInt8 = 0
      while read(STDIN_FILENO, &byte, 1) > 0 {
        let counts = server.ledger.counts
        let times = tally.withLock { $0 }
        say(
          "\(counts.accepted) \(counts.callbacksDelivered) \(counts.callbacksFailed) "
            + "\(times.first) \(times.last)")
      }
      server.stop()
      return 0
    } catch {
      Log(readable: false).error("not started", ["reason": .string("\(error)")])
      return 1
    }
  }

  /// Longer than anything that is measured, in milliseconds.
  private static let never = 86_400_000

  private static func say(_ text: String) {
    let line = Array("\(text)\n".utf8)
    _ = write(STDOUT_FILENO, line, line.count)
  }
}

/// A running provider's API.
final class ProviderProcess {
  /// What it has seen.
  struct Counts {
    /// Messages it accepted.
    var accepted = 0
    /// Callbacks that were answered with 2xx.
    var callbacks = 0
    /// Callbacks that were not.
    var lostCallbacks = 0
    /// When it accepted the first, by the monotonic clock.
    var first: UInt64 = 0
    /// When it accepted the last.
    var last: UInt64 = 0
  }

  private let child: ChildProcess
  /// Its address.
  let url: String

  /// So long nothing may happen before a measurement counts as failed.
  private static let silenceNanoseconds: UInt64 = 20_000_000_000

  /// Starts one. It calls back to that port, if there is one; with `tells` it says when it accepts
  /// a message, for ``nextAcceptance()``.
  init(
    _ folder: DataFolder, callbackPort: UInt16? = nil, tells: Bool = false
  ) throws(RigError) {
    var words = [ProviderMode.word]
    if tells { words.append(ProviderMode.tell) }
    if let callbackPort { words.append("\(callbackPort)") }
    child = try ChildProcess(
      words, environment: Environment.current, errors: "\(folder.path)/provider.log")
    guard let port = UInt16(child.line()) else {
      throw RigError("the provider's API did not start; see provider.log")
    }
    url = "http://127.0.0.1:\(port)"
  }

  /// What it has seen so far. Not for one that tells.
  func counts() throws(RigError) -> Counts {
    child.ask(ProviderMode.count)
    let words = child.line().split(separator: " ").compactMap { UInt64($0) }
    guard words.count == 5 else { throw RigError("the provider's API has ended") }
    return Counts(
      accepted: Int(words[0]), callbacks: Int(words[1]), lostCallbacks: Int(words[2]),
      first: words[3], last: words[4])
  }

  /// Waits until it has accepted so many and heard an answer to so many callbacks.
  func wait(accepted: Int, callbacks: Int = 0) throws(RigError) -> Counts {
    var before = Counts()
    var changedAt = monotonicNanoseconds()
    while true {
      let counts = try counts()
      let heard = counts.callbacks + counts.lostCallbacks
      if counts.accepted >= accepted, heard >= callbacks { return counts }
      let now = monotonicNanoseconds()
      if counts.accepted + heard > before.accepted + before.callbacks + before.lostCallbacks {
        before = counts
        changedAt = now
      }
      guard now - changedAt < Self.silenceNanoseconds else {
        throw RigError(
          "nothing comes any more after \(counts.accepted) of \(accepted) messages and "
            + "\(heard) of \(callbacks) callbacks")
      }
      // Rarely enough to take nobody's processor: the times are the provider's own.
      usleep(20_000)
    }
  }

  /// Waits for the next message: when it was accepted, by the monotonic clock.
  func nextAcceptance() throws(RigError) -> UInt64 {
    guard child.hasLine(withinMilliseconds: Int32(Self.silenceNanoseconds / 1_000_000)),
      let time = UInt64(child.line())
    else { throw RigError("a message did not reach the provider") }
    return time
  }

  /// Ends it.
  func stop() { _ = child.end() }
}
