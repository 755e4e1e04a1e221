import Gateway
import Testing

/// Runs each test on a thread of its own.
///
/// These tests mostly wait for other processes. On Swift's pool, which has as many threads as there
/// are processors, two that wait would keep all others from running.
struct OwnThread: TestTrait, SuiteTrait, TestScoping {
  /// The tests of a suite, each.
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(Executor()) { try await function() }
  }

  private final class Executor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      _ = WorkerThread(name: "test") { [self] in
        job.runSynchronously(on: asUnownedTaskExecutor())
      }
    }
  }
}

extension Trait where Self == OwnThread {
  /// Each test on a thread of its own: for those that wait.
  static var ownThread: OwnThread { OwnThread() }
}
