import Gateway
import Glibc

/// Lets a daemon send what is in a folder, and looks at how it does.
struct SendCourse {
  /// How fast a queue was sent.
  struct Pace {
    /// Messages a second, from the first to the last the provider accepted.
    var perSecond = 0.0
    /// Callbacks a second that the daemon took, from the first message to the last callback.
    var callbacksPerSecond = 0.0
    /// The processor's time by thread, of the daemon.
    var processor: [String: UInt64] = [:]
    /// How long that was, in seconds.
    var seconds = 0.0
    /// What a message handed to the kernel for files, in bytes.
    var writtenBytes = 0.0
    /// The daemon's memory before.
    var memoryBefore = ProcessUsage.Memory()
    /// The daemon's memory after.
    var memory = ProcessUsage.Memory()
  }

  /// What is sent.
  let folder: SendingFolder

  /// A message without an own error has so many callbacks: sending, sent, delivered.
  private static let callbacksEach = 3
  /// By then what a start left behind is done.
  private static let restMicroseconds: UInt32 = 500_000

  /// Lets `count` messages that wait on the channel be sent.
  func send(_ count: Int, callbacks: Bool) throws(RigError) -> Pace {
    let daemon = try DaemonProcess(folder.folder)
    let provider = try ProviderProcess(
      folder.folder, callbackPort: callbacks ? daemon.publicPort : nil)
    usleep(Self.restMicroseconds)
    var pace = Pace()
    pace.memoryBefore = ProcessUsage.memory(daemon.pid)
    let before = ProcessUsage(daemon.pid)
    try folder.api(daemon).lead(folder.channel, to: provider.url)
    let sent = try provider.wait(accepted: count)
    let after = ProcessUsage(daemon.pid)
    pace.memory = ProcessUsage.memory(daemon.pid)
    if callbacks {
      let told = try provider.wait(accepted: count, callbacks: count * Self.callbacksEach)
      let seconds = Double(monotonicNanoseconds() - told.first) / 1e9
      pace.callbacksPerSecond = Double(told.callbacks) / seconds
      guard told.lostCallbacks == 0 else {
        throw RigError("\(told.lostCallbacks) callbacks were not taken; \(folder.folder.logEnd)")
      }
    }
    try daemon.stop()
    provider.stop()
    guard sent.accepted == count else {
      throw RigError("\(sent.accepted) messages were sent instead of \(count)")
    }
    pace.seconds = Double(sent.last - sent.first) / 1e9
    pace.perSecond = Double(count - 1) / max(pace.seconds, 1e-9)
    pace.processor = after.since(before)
    pace.writtenBytes = Double(after.writtenBytes - before.writtenBytes) / Double(count)
    return pace
  }

  /// Enqueues messages one after another, each when the one before has arrived: how long each took
  /// from the answer that accepted it to the provider. The first ones warm up.
  func wake(_ count: Int) throws(RigError) -> Histogram {
    let daemon = try DaemonProcess(folder.folder)
    let provider = try ProviderProcess(folder.folder, tells: true)
    try folder.api(daemon).lead(folder.channel, to: provider.url)
    let warmUp = max(count / 10, 1)
    let book = RequestBook(count: warmUp + count, post: "/v1/messages", key: folder.key) {
      SendingFolder.message($0 % Preparation.quietPeople)
    }
    let line = try WakeLine(port: daemon.apiPort, book: book)
    defer { line.close() }
    var delays = Histogram()
    for index in 0..<warmUp + count {
      let answered = try line.enqueue(index)
      let arrived = try provider.nextAcceptance()
      // A request may arrive before the answer does: that is no delay.
      if index >= warmUp { delays.note(nanoseconds: arrived - min(answered, arrived)) }
      // Idle means that its outcome is stored, too.
      usleep(Self.pauseMicroseconds)
    }
    try daemon.stop()
    provider.stop()
    return delays
  }

  /// Long enough for everything to rest again.
  private static let pauseMicroseconds: UInt32 = 10_000
}

/// One connection that enqueues.
private struct WakeLine {
  private let socket: Int32
  private let book: RequestBook

  init(port: UInt16, book: RequestBook) throws(RigError) {
    socket = try Loopback.connect(port: port)
    self.book = book
  }

  func close() { Glibc.close(socket) }

  /// Enqueues a message: when the answer was there, by the monotonic clock.
  func enqueue(_ index: Int) throws(RigError) -> UInt64 {
    let isSent = book.withRequest(index) { bytes in
      send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
    guard isSent else { throw .system("sending a request") }
    var answer = AnswerReader()
    while true {
      var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      _ = poll(&waiting, 1, -1)
      guard let status = try answer.read(socket) else { continue }
      guard status == 202 else { throw RigError("a message was answered with \(status)") }
      return monotonicNanoseconds()
    }
  }
}
