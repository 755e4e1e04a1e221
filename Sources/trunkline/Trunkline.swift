import Gateway

/// The command line.
@main
enum Trunkline {
  /// Runs one verb.
  static func main() {}
}
