import Glibc
import Testing

@testable import Gateway

/// Checks that `holds` is true of many random values, and says how to see a counterexample again.
///
/// Each run takes other values; `TRUNKLINE_SEED=<seed>` repeats the ones of a failed run.
func forAll<Value>(
  _ count: Int = 500, seed: UInt64? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  make: (SeededRandom) -> Value, holds: (Value) throws -> Bool
) {
  let seed = seed ?? environmentSeed ?? SystemRandom().next()
  let random = SeededRandom(seed: seed)
  for index in 0..<count {
    let value = make(random)
    let failure: String?
    do { failure = try holds(value) ? nil : "is false" } catch { failure = "threw \(error)" }
    guard let failure else { continue }
    Issue.record(
      "value \(index) \(failure): \(value)\nrepeat with TRUNKLINE_SEED=\(seed)",
      sourceLocation: sourceLocation)
    return
  }
}

private let environmentSeed = getenv("TRUNKLINE_SEED").flatMap { UInt64(String(cString: $0)) }

extension RandomSource {
  /// One of `values`, which must not be empty.
  func pick<Element>(_ values: [Element]) -> Element { values[below(values.count)] }

  /// Up to `limit` bytes.
  func someBytes(_ limit: Int) -> [UInt8] { bytes(below(limit + 1)) }

  /// Up to `limit` scalars of every width, with those that formats treat specially among them.
  func someText(_ limit: Int) -> String {
    let special: [Unicode.Scalar] = [
      "\0", "\t", "\n", "\r", " ", "\"", "\\", "/", "%", "+", "&", "=", "é", "\u{301}", "\u{7F}",
      "\u{2028}", "\u{FEFF}", "\u{FFFD}", "\u{FFFF}", "😀", "\u{10FFFF}",
    ]
    var text = ""
    for _ in 0..<below(limit + 1) {
      let scalar =
        below(3) == 0 ? pick(special) : Unicode.Scalar(UInt32(truncatingIfNeeded: below(0x11_0000)))
      text.unicodeScalars.append(scalar ?? "x")
    }
    return text
  }
}

/// `text` as bytes.
func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }
