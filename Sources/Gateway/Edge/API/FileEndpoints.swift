/// Files: reading those of messages, and uploading those that are to be sent.
struct FileEndpoints: Sendable {
  private let services: Services

  /// 32 MiB: above what a phone's message may carry at most providers; larger ones go by address.
  /// The body is held in memory until it is on the disk.
  static let uploadBytesMax = 32 << 20

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `GET /v1/files/{id}`: the file, or a part of it.
  func show(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Attachment> = try call.id()
    let (found, reason) = try services.database.read { connection in
      let found = try connection.file(id, tenant: call.tenantID)
      return (found, found == nil ? nil : try connection.mediaJob(id)?.reason)
    }
    guard let found else { throw APIError.notFound("There is no such file.") }
    switch found.state {
    case "pending":
      let last = reason.map { "; the last try came to nothing: \($0)" } ?? ""
      throw APIError.conflict("The file is pending: it is not fetched yet\(last).")
    case "unavailable":
      throw APIError.conflict("The file is unavailable: the provider did not give it out.")
    default: break
    }
    guard let answer = FileAnswer(found, in: services.media, for: .person) else {
      throw APIError.notFound("The file is gone from the disk.")
    }
    return answer.response(to: call.request)
  }

  /// `POST /v1/files`: keeps the body as a file.
  func upload(_ call: APICall) throws -> HTTPResponse {
    let bytes = call.request.body
    guard !bytes.isEmpty else { throw APIError.invalid("body", "required: the file itself") }
    let header = call.request.headers["content-type"]
    guard let type = header.map({ MediaType($0) }) ?? .bytes else {
      throw APIError.invalid("Content-Type", "must be a media type, such as image/jpeg")
    }
    guard MediaType.isPlausible(type, head: Array(bytes.prefix(FileContent.headBytesMax))) else {
      throw APIError.invalid("Content-Type", "the body is no \(type)")
    }
    let fileName = FileName.safe(try call.query("file_name"))
    let content: FileContent
    do throws(File.Failure) {
      content = try services.media.put(bytes)
    } catch {
      throw StoreError(.later, "the file could not be written: \(error.reason)")
    }
    let file = try services.database.write { transaction in
      try transaction.addFile(
        tenant: call.tenantID, content, contentType: type.description, fileName: fileName)
    }
    let shown: JSON = [
      "id": .string(file.id.description), "content_type": .string(type.description),
      "file_name": JSON(fileName), "size": .integer(content.size),
    ]
    return .json(shown, status: 201)
  }
}
