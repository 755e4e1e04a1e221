import Gateway
import Glibc

/// What a process has taken so far, from `/proc`.
struct ProcessUsage {
  /// Memory in use, in bytes: all of it, and what is no copy of a file.
  struct Memory {
    /// `VmRSS`.
    var resident = 0
    /// `RssAnon`.
    var anonymous = 0

    /// In MB of 1,000,000 bytes.
    var megabytes: Double { Double(resident) / 1e6 }
    /// What is no copy of a file, in MB of 1,000,000 bytes.
    var anonymousMegabytes: Double { Double(anonymous) / 1e6 }
  }

  /// Processor time by thread name, threads of one name together, in nanoseconds.
  let processor: [String: UInt64]

  /// Bytes handed to the kernel for files: log, pages and their copies, over and over.
  let writtenBytes: UInt64

  /// Looks at a process.
  init(_ pid: pid_t) {
    let written = Self.text("/proc/\(pid)/io").first { $0.hasPrefix("wchar:") }
    writtenBytes = written?.split(separator: " ").last.flatMap { UInt64($0) } ?? 0
    var processor: [String: UInt64] = [:]
    let folder = "/proc/\(pid)/task"
    for thread in (try? File.list(folder)) ?? [] {
      // The first number of schedstat is the time on a processor.
      guard let name = Self.text("\(folder)/\(thread)/comm").first,
        let time = Self.text("\(folder)/\(thread)/schedstat").first?.split(separator: " ").first
      else { continue }
      processor[name, default: 0] += UInt64(time) ?? 0
    }
    self.processor = processor
  }

  /// What threads have taken between two looks, by name.
  func since(_ before: ProcessUsage) -> [String: UInt64] {
    var spent: [String: UInt64] = [:]
    for (name, time) in processor { spent[name] = time - min(before.processor[name] ?? 0, time) }
    return spent
  }

  /// The memory a process has.
  static func memory(_ pid: pid_t) -> Memory {
    var memory = Memory()
    for line in text("/proc/\(pid)/status") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count >= 2, let kibibytes = Int(words[1]) else { continue }
      if words[0] == "VmRSS:" { memory.resident = kibibytes * 1024 }
      if words[0] == "RssAnon:" { memory.anonymous = kibibytes * 1024 }
    }
    return memory
  }

  private static func text(_ path: String) -> [String] {
    String(decoding: (try? File.read(path)) ?? [], as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }
}
