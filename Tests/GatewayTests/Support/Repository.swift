@testable import Gateway

/// Where the checked-out sources are; tests read fixtures and code from there.
enum Repository {
  /// The folder with `Package.swift`, four above this file.
  static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/")
  }()
}

/// A folder of its own for one test, gone with the value.
final class TemporaryFolder: Sendable {
  /// The folder's absolute path.
  let path: String

  /// Makes the folder.
  init() throws { path = try File.makeTemporaryDirectory("trunkline-tests") }

  deinit { File.remove(path) }

  /// Writes a file, with the folders above it.
  func write(_ bytes: [UInt8], to name: String) throws {
    if let slash = name.lastIndex(of: "/") {
      try File.makeDirectory("\(path)/\(name[..<slash])")
    }
    try File.write(bytes, to: "\(path)/\(name)")
  }
}
