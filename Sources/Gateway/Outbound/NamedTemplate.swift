/// What is known of the template that a message names: its definition as the provider keeps it.
struct NamedTemplate {
  /// The definition, where it was synced or told of.
  private(set) var definition: ProviderTemplate?
  /// Whether the account's templates were ever synced: then one that is not there does not exist.
  private(set) var isAnyKnown = false
  /// What it may be used for, where that is known.
  private(set) var purpose: MessagePurpose?

  /// Looks up what `content` names, on a channel. Nothing where it names none.
  init(
    _ content: OutboundContent, _ live: LiveChannel, _ connection: Connection
  ) throws(StoreError) {
    guard let named = content.providerTemplate, let account = live.templateAccount,
      let keeping = live.provider as? any TemplateKeeping
    else { return }
    isAnyKnown = try connection.templateSync(of: account)?.syncedAt != nil
    guard let (name, language) = keeping.templateName(in: named) else { return }
    let known = try connection.providerTemplate(name, language: language, of: account)?.template
    purpose = known?.purpose
    // One that the provider told of and that was not synced yet: nobody knows what it consists of.
    if let known, known.isUsable, known.components.array?.isEmpty == true {
      isAnyKnown = false
    } else {
      definition = known
    }
  }
}

extension LiveChannel {
  /// Whose templates its messages may name; `nil` where the provider keeps none for it.
  package var templateAccount: TemplateAccount? {
    guard let keeping = provider as? any TemplateKeeping, let account = keeping.templateAccount
    else { return nil }
    return TemplateAccount(
      tenant: channel.tenantID, provider: channel.provider, account: account)
  }
}
