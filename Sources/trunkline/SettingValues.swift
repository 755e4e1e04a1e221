import Gateway
import Glibc

/// Settings on the command line: `name=value`, where the value may stand elsewhere so that a secret
/// stays out of the shell's history and of the list of processes.
enum SettingValues {
  /// How a value can be given, for help pages.
  static let note = """
    A value may stand elsewhere, so that a secret stays out of the shell's history: NAME=@FILE \
    reads a file, NAME=- standard input, NAME='${VARIABLE}' the environment; NAME=@@… begins with \
    an @. A setting given twice becomes a list, as secrets are while they rotate, the newest first.
    """

  /// Reads pairs into settings.
  static func read(
    _ pairs: [String], _ arguments: Arguments, _ console: Console
  ) throws -> JSONObject {
    var values: [(name: String, values: [String])] = []
    for pair in pairs {
      guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
        throw arguments.misuse("a setting is written NAME=VALUE, \"\(pair)\" has no =")
      }
      let name = String(pair[..<equals])
      let value = try resolve(String(pair[pair.index(after: equals)...]), of: name, console)
      if let index = values.firstIndex(where: { $0.name == name }) {
        values[index].values.append(value)
      } else {
        values.append((name, [value]))
      }
    }
    var settings: JSONObject = [:]
    for (name, all) in values {
      settings[name] = all.count == 1 ? JSON(all.first) : .array(all.map(JSON.string))
    }
    return settings
  }

  private static func resolve(
    _ text: String, of name: String, _ console: Console
  ) throws -> String {
    if text.hasPrefix("@@") { return String(text.dropFirst()) }
    if text.hasPrefix("@") { return try content(String(text.dropFirst()), of: name) }
    if text == "-" { return try content("/dev/stdin", of: name) }
    if text.hasPrefix("${"), text.hasSuffix("}") {
      let variable = String(text.dropFirst(2).dropLast())
      guard let value = console.variable(variable) else {
        throw Failure("setting \(name): the environment variable \(variable) is not set")
      }
      return value
    }
    return text
  }

  /// The whole of a file; the newline that ends it belongs to the file, not to the secret.
  private static func content(_ path: String, of name: String) throws -> String {
    let bytes: [UInt8]
    do throws(File.Failure) {
      bytes = try File.read(path)
    } catch {
      throw Failure("setting \(name): \(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure("setting \(name): \(path) is not text")
    }
    return text.trimmed
  }
}
