import Glibc

/// Small whole-file operations on the C library: Foundation would triple the size of the binary.
package enum File {
  /// Why a file could not be used: the path and the system's own words.
  package struct Failure: Error, Equatable, CustomStringConvertible {
    /// The path.
    package let path: String
    /// What the system said.
    package let reason: String
    /// The `errno` behind it.
    package let code: Int32
    /// The sentence for a person.
    package var description: String { "\(path): \(reason)" }
  }

  /// The whole content.
  package static func read(_ path: String) throws(Failure) -> [UInt8] {
    guard let file = fopen(path, "rbe") else { throw failure(path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      bytes.append(contentsOf: chunk[..<count])
      if count < chunk.count {
        if ferror(file) != 0 { throw failure(path) }
        return bytes
      }
    }
  }

  /// Replaces the content. `mode` counts for a new file only, such as `0o600` for keys.
  package static func write(
    _ bytes: [UInt8], to path: String, mode: mode_t = 0o644
  ) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno != EINTR { throw failure(path) }
      written += max(count, 0)
    }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  /// Whether something is there.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether it is a folder.
  package static func isDirectory(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes the folder and those above it; one that is there already is fine.
  package static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws(Failure) {
    if path.isEmpty || isDirectory(path) { return }
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try makeDirectory(String(path[..<slash]), mode: mode)
    }
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw failure(path) }
  }

  /// The names in a folder, sorted, without `.` and `..`.
  package static func list(_ path: String) throws(Failure) -> [String] {
    guard let directory = opendir(path) else { throw failure(path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      // By address: the entry is only as long as its name, a copy of it would reach beyond.
      guard let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) else { continue }
      let start = UnsafeRawPointer(entry) + offset
      let name = String(cString: start.assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Every file below a folder, as paths relative to it, sorted.
  package static func listAll(_ path: String) throws(Failure) -> [String] {
    var found: [String] = []
    for name in try list(path) {
      if isDirectory("\(path)/\(name)") {
        found += try listAll("\(path)/\(name)").map { "\(name)/\($0)" }
      } else {
        found.append(name)
      }
    }
    return found
  }

  /// Removes a file, or a folder with all in it. Nothing there is fine.
  package static func remove(_ path: String) {
    var info = stat()
    guard lstat(path, &info) == 0 else { return }
    if info.st_mode & S_IFMT == S_IFDIR {
      for name in (try? list(path)) ?? [] { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  /// Makes a new empty folder for this process alone below the system's temporary folder.
  package static func makeTemporaryDirectory(_ name: String) throws(Failure) -> String {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/\(name)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw failure(base) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// What the system said last, about `path`.
  static func failure(_ path: String) -> Failure {
    Failure(path: path, reason: String(cString: strerror(errno)), code: errno)
  }
}
