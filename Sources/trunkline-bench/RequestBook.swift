import Gateway
import Simulator

/// Requests as bytes, made and signed beforehand: sending one is a call of the system and no more.
struct RequestBook {
  private let bytes: [UInt8]
  private let ends: [Int]

  /// How many requests there are.
  var count: Int { ends.count }

  /// Makes the requests `numbers` of a load, each with a message of its own.
  ///
  /// They are not in the order of their senders: neighbours in the database would follow each
  /// other, as in life they do not.
  init(_ load: TwilioSMSLoad, numbers: Range<Int>) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * 1200)
    var ends: [Int] = []
    ends.reserveCapacity(numbers.count)
    for offset in 0..<numbers.count {
      let number = numbers.lowerBound + Shuffle.place(offset, of: numbers.count)
      Self.append(load.request(UInt64(number)), to: &bytes)
      ends.append(bytes.count)
    }
    self.bytes = bytes
    self.ends = ends
  }

  /// Puts together `count` requests of one kind to the API, with the bodies that `body` makes.
  init(count: Int, post target: String, key: String, body: (Int) -> String) {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    ends.reserveCapacity(count)
    for index in 0..<count {
      let body = body(index)
      bytes += Array(
        ("POST \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\n"
          + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
          .utf8)
      ends.append(bytes.count)
    }
    self.bytes = bytes
    self.ends = ends
  }

  /// Hands out the bytes of a request.
  func withRequest<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let start = index == 0 ? 0 : ends[index - 1]
    return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<ends[index]])) }
  }

  private static func append(_ request: HTTPRequest, to bytes: inout [UInt8]) {
    // The load's target is a whole address; a server gets the path of it.
    let parts = request.target.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
    bytes += Array("\(request.method) /\(parts.last ?? "") HTTP/1.1\r\n".utf8)
    bytes += Array("Host: \(parts.dropFirst().first ?? "")\r\n".utf8)
    bytes += Array("User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n".utf8)
    for field in request.headers.fields {
      bytes += Array("\(field.name): \(field.value)\r\n".utf8)
    }
    bytes += Array("Content-Length: \(request.body.count)\r\n\r\n".utf8)
    bytes += request.body
  }
}

/// Puts numbers out of order, the same way every time.
enum Shuffle {
  // A prime above all counts here: multiplying by it visits every place once.
  private static let prime = 2_147_483_647

  /// The place of `index` among `count` places.
  static func place(_ index: Int, of count: Int) -> Int { index % count * prime % count }
}
