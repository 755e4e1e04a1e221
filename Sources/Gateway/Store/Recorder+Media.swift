// Files that have to be fetched.

extension Recorder {
  /// Puts files of a message in line to be fetched, where the channel's provider gives files out.
  /// `ordinal` is the place of the first among the message's files.
  func queueFetches(
    of files: [Attachment], from ordinal: Int64, message: ID<Message>
  ) throws(StoreError) {
    // The type is asked only where there is a file: most messages are a text.
    guard files.contains(where: { $0.state == "pending" }),
      Providers.named(channel.provider) is any MediaFetching.Type
    else { return }
    for (file, ordinal) in zip(files, ordinal...) where file.state == "pending" {
      try transaction.queueFetch(
        of: file.id, at: ordinal, message: message, channel: channel.id, tenant: tenantID)
    }
  }
}
