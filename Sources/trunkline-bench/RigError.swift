import Glibc

/// Why nothing can be measured: a sentence for a person.
struct RigError: Error, CustomStringConvertible {
  /// The sentence.
  let description: String

  /// Holds a sentence.
  init(_ description: String) { self.description = description }

  /// Says what could not be done, with the system's own reason from `errno`.
  static func system(_ doing: String) -> RigError {
    RigError("\(doing): \(String(cString: strerror(errno)))")
  }
}
