import Testing

@testable import trunkline
