/// The measuring rig.
@main
enum Bench {
  /// Runs the scenarios.
  static func main() {}
}
