/// The program's version.
package enum Version {
  /// Semantic version of this source tree.
  package static let current = "0.3.0"
}
