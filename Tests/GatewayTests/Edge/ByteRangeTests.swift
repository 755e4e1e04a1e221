import Testing

@testable import Gateway

@Suite struct ByteRangeTests {
  private static let cases: [(String?, ByteRange)] = [
    (nil, .whole), ("bytes=0-", .part(offset: 0, length: 10)),
    ("bytes=2-4", .part(offset: 2, length: 3)), ("Bytes = 2-4", .whole),
    ("bytes=9-9", .part(offset: 9, length: 1)), ("bytes=5-500", .part(offset: 5, length: 5)),
    ("bytes=-3", .part(offset: 7, length: 3)), ("bytes=-300", .part(offset: 0, length: 10)),
    ("bytes=10-", .unsatisfiable), ("bytes=10-20", .unsatisfiable), ("bytes=-0", .unsatisfiable),
    ("bytes=4-2", .whole), ("bytes=0-1,3-4", .whole), ("items=0-1", .whole), ("bytes=", .whole),
    ("bytes=-", .whole), ("bytes=a-b", .whole), ("bytes=--1", .whole), ("bytes=+1-2", .whole),
    ("bytes=99999999999999999999-", .unsatisfiable),
    ("bytes=1-99999999999999999999", .part(offset: 1, length: 9)),
    ("bytes=-99999999999999999999", .part(offset: 0, length: 10)),
  ]

  @Test(arguments: cases)
  func isReadAsTheStandardSays(_ header: String?, _ expected: ByteRange) {
    #expect(ByteRange(header, size: 10) == expected)
  }

  @Test func isTheSliceOfTheSameBounds() {
    forAll {
      ($0.below(50), $0.below(60), $0.below(60))
    } holds: { size, first, last in
      let bytes = Array(0..<size)
      guard first <= last else { return true }
      switch ByteRange("bytes=\(first)-\(last)", size: Int64(size)) {
      case .whole: return false
      case .unsatisfiable: return first >= size
      case .part(let offset, let length):
        return bytes[Int(offset)..<Int(offset + length)]
          == bytes[first..<min(last + 1, bytes.count)]
      }
    }
  }

  @Test func anyTextIsReadWithoutLeavingTheFile() {
    forAll {
      ("bytes=" + $0.someText(12), Int64($0.below(20)))
    } holds: { text, size in
      guard case .part(let offset, let length) = ByteRange(text, size: size) else { return true }
      return offset >= 0 && length > 0 && offset + length <= size
    }
  }
}
