import Glibc
import Testing

@testable import Gateway

@Suite struct FileTests {
  @Test func readsWhatItWrote() throws {
    let folder = try TemporaryFolder()
    for count in [0, 1, 65_535, 65_536, 65_537, 200_000] {
      let bytes = SeededRandom(seed: UInt64(count)).bytes(count)
      try folder.write(bytes, to: "a")
      #expect(try File.read("\(folder.path)/a") == bytes)
    }
  }

  @Test func saysWhatTheSystemSaid() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: File.Failure.self) { try File.read("\(folder.path)/none") }
    #expect(error?.code == ENOENT)
    #expect(error?.description == "\(folder.path)/none: No such file or directory")
    #expect(throws: File.Failure.self) { try File.read(folder.path) }
    #expect(throws: File.Failure.self) { try File.write([], to: folder.path) }
    #expect(throws: File.Failure.self) { try File.list("\(folder.path)/none") }
    try folder.write([], to: "file")
    #expect(throws: File.Failure.self) { try File.makeDirectory("\(folder.path)/file/below") }
  }

  @Test func listsNamesInOrder() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "n", count: 255)
    for name in ["b/é", "a", "b/c/d", ".hidden", long] { try folder.write([1], to: name) }
    #expect(try File.list(folder.path) == [".hidden", "a", "b", long])
    #expect(try File.listAll(folder.path) == [".hidden", "a", "b/c/d", "b/é", long])
  }

  @Test func listsALargeFolder() throws {
    let folder = try TemporaryFolder()
    let names = (0..<1500).map { "file-with-a-rather-long-name-\(10_000 + $0)" }
    for name in names { try folder.write([], to: name) }
    #expect(try File.list(folder.path) == names)
  }

  @Test func makesFoldersAndRemovesThem() throws {
    let folder = try TemporaryFolder()
    let deep = "\(folder.path)/a/b/c"
    try File.makeDirectory(deep)
    try File.makeDirectory(deep)
    #expect(File.isDirectory(deep))
    try folder.write([1], to: "a/b/file")
    #expect(File.exists("\(folder.path)/a/b/file"))
    #expect(!File.isDirectory("\(folder.path)/a/b/file"))
    File.remove("\(folder.path)/a")
    #expect(!File.exists("\(folder.path)/a"))
    File.remove("\(folder.path)/a")
  }

  @Test func removesALinkAndNotWhatItPointsTo() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "kept/file")
    symlink("\(folder.path)/kept", "\(folder.path)/link")
    File.remove("\(folder.path)/link")
    #expect(!File.exists("\(folder.path)/link"))
    #expect(File.exists("\(folder.path)/kept/file"))
  }

  @Test func keepsKeysToTheOwner() throws {
    let folder = try TemporaryFolder()
    try File.write([1], to: "\(folder.path)/key", mode: 0o600)
    var info = stat()
    #expect(stat("\(folder.path)/key", &info) == 0)
    #expect(info.st_mode & 0o777 == 0o600)
  }
}
