/// What works without being called: sends, lets time pass, fetches files, replays, keeps templates
/// in step. Each finds its work in the database, and is woken by the commit that made it.
final class Workers: Sendable {
  /// What they work with.
  struct Needs: Sendable {
    let database: Database
    let directory: ChannelDirectory
    let client: HTTPClient
    let media: MediaStore
    let links: MediaLinks
    let clock: any Clock
    let random: any RandomSource
    let log: Log
    let metrics: Metrics
  }

  private let dispatcher: Dispatcher
  private let sweeper: Sweeper
  private let fetcher: MediaFetcher
  private let replays: ReplayRunner
  private let templates: TemplateSync

  /// Starts all of them. What the last run left under way is settled first.
  init(_ needs: Needs) throws(Gateway.StartError) {
    let database = needs.database
    let directory = needs.directory
    let parts = Dispatcher.Parts(
      database: database, directory: directory, caller: needs.client,
      files: MediaFiles(database: database, store: needs.media, links: needs.links),
      clock: needs.clock, random: needs.random, log: needs.log, metrics: needs.metrics)
    let dispatcher = Dispatcher(parts)
    try Start.attempt("settling what was under way") { try dispatcher.start() }
    let fetcher = MediaFetcher(
      database: database, store: needs.media, caller: needs.client, clock: needs.clock,
      random: needs.random, log: needs.log, metrics: needs.metrics,
      access: { id in Self.access(directory[id]) })
    let replays = ReplayRunner(database: database, clock: needs.clock, log: needs.log)
    let templates = TemplateSync(parts)
    directory.onEnter { live in
      dispatcher.refresh(live)
      if live.templateAccount != nil { templates.wake() }
    }
    database.onWake { wakes in
      for case .directory(let id) in wakes { directory.refresh(id) }
      if wakes.contains(.media) { fetcher.wake() }
      if wakes.contains(.replays) { replays.wake() }
      if wakes.contains(.templates) { templates.wake() }
      let channels = wakes.compactMap { wake -> ID<Channel>? in
        if case .channel(let id) = wake { id } else { nil }
      }
      if !channels.isEmpty {
        dispatcher.wake(channels)
      } else if wakes.contains(.room) {
        dispatcher.lookAgain()
      }
    }
    // What was committed before anybody listened.
    for live in directory.all { dispatcher.refresh(live) }
    sweeper = Sweeper(parts)
    sweeper.start()
    templates.start()
    self.dispatcher = dispatcher
    self.fetcher = fetcher
    self.replays = replays
    self.templates = templates
  }

  /// Ends them; sends that are under way have so long to come back. Calling it again does nothing.
  func stop(drainMilliseconds: Int) {
    fetcher.stop()
    replays.stop()
    templates.stop()
    sweeper.stop()
    dispatcher.stop(withinMilliseconds: drainMilliseconds)
  }

  /// What the fetching of files may use of a channel; nothing of one that is switched off.
  private static func access(_ live: LiveChannel?) -> MediaFetcher.Access? {
    guard let live, live.channel.state != .disabled else { return nil }
    return MediaFetcher.Access(
      provider: live.provider as? any MediaFetching, destinations: live.channel.policy.destinations)
  }
}
