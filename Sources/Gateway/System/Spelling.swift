/// Finds what somebody may have meant.
package enum Spelling {
  /// Longer words are cut: no setting is as long, and the effort grows with the square.
  private static let lengthMax = 64

  /// The candidate with the fewest changed letters: at most two or a third of the word, and never
  /// more than half of it.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    let scored = candidates.map { ($0, distance(word, $0)) }
    let length = min(word.utf8.count, lengthMax)
    guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(2, length / 3),
      best.1 * 2 <= length
    else { return nil }
    return best.0
  }

  /// The finding for a word that is none of those known, with the nearest that is: `unknown member;
  /// did you mean "text"?`, where `what` is `member`.
  package static func unknown(_ what: String, _ word: String, among known: [String]) -> String {
    let nearest = nearest(to: word, among: known)
    return "unknown \(what)\(nearest.map { "; did you mean \"\($0)\"?" } ?? "")"
  }

  /// Levenshtein's distance.
  private static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8.prefix(lengthMax))
    let right = Array(right.utf8.prefix(lengthMax))
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var previous = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let replaced = previous + (a == b ? 0 : 1)
        previous = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
