extension ChannelPolicy {
  /// Where calls of a channel may go.
  package var destinations: Destinations {
    .publicOnly(allowing: allowedDestinations.compactMap(DestinationRule.init))
  }

  /// A policy of these members alone.
  ///
  /// - Throws: ``ContentError`` naming the first member that is unknown or wrong.
  package init(checking members: JSONObject) throws(ContentError) {
    self = try ChannelPolicy().applying(members)
  }

  /// The policy with `changes` applied, addresses checked too: those only Wire can read.
  ///
  /// - Throws: ``ContentError`` naming the first member that is unknown or wrong.
  package func applying(_ changes: JSONObject) throws(ContentError) -> ChannelPolicy {
    let policy = try changed(by: changes)
    for (index, rule) in policy.allowedDestinations.enumerated()
    where DestinationRule(rule) == nil {
      throw ContentError(
        "policy.allowed_destinations[\(index)]",
        "must be a host or a network such as \"127.0.0.1:9000\" or \"10.1.0.0/16\"")
    }
    return policy
  }
}
