@testable import Gateway

// In a file of their own: the testing library has an `Attachment` too.

/// The identifier of a file.
typealias FileID = ID<Attachment>
/// A file of a message.
typealias MessageFile = Attachment
