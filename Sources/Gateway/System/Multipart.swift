/// A `multipart/form-data` body. <https://www.rfc-editor.org/rfc/rfc7578>, July 2015.
package struct Multipart: Sendable {
  private let boundary: String
  private var bytes: [UInt8] = []

  /// An empty body. `boundary` must not occur in what is added: 70 random characters at most.
  package init(boundary: String) { self.boundary = boundary }

  /// The header field that belongs to it.
  package var contentType: String { "multipart/form-data; boundary=\(boundary)" }

  /// Adds a plain field.
  package mutating func add(_ name: String, _ value: String) {
    begin(name)
    bytes += "\r\n\r\n\(value)\r\n".utf8
  }

  /// Adds a file. Without a name it is called `file`, as providers take no file without one.
  package mutating func add(
    _ name: String, _ content: [UInt8], fileName: String?, contentType: String?
  ) {
    begin(name)
    bytes += "; filename=\"\(Self.quoted(fileName ?? "file"))\"\r\n".utf8
    bytes += "Content-Type: \(Self.plain(contentType) ?? "application/octet-stream")\r\n\r\n".utf8
    bytes += content
    bytes += "\r\n".utf8
  }

  /// The whole body.
  package func finished() -> [UInt8] { bytes + Array("--\(boundary)--\r\n".utf8) }

  private mutating func begin(_ name: String) {
    bytes += "--\(boundary)\r\nContent-Disposition: form-data; name=\"".utf8
    bytes += "\(Self.quoted(name))\"".utf8
  }

  /// What browsers do with what would end the quotes or the line.
  /// <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html>, 2026.
  private static func quoted(_ text: String) -> String {
    var quoted = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "%22"
      case "\r": quoted += "%0D"
      case "\n": quoted += "%0A"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted
  }

  private static func plain(_ type: String?) -> String? {
    guard let type, !type.isEmpty, type.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return nil
    }
    return type
  }
}
