extension Dispatcher {
  /// What the dispatcher works with.
  package struct Parts: Sendable {
    let database: Database
    let directory: ChannelDirectory
    let caller: any Caller
    let files: any OutboundFiles
    let clock: any Clock
    let random: any RandomSource
    let log: Log
    let metrics: Metrics

    /// All of them.
    package init(
      database: Database, directory: ChannelDirectory, caller: any Caller,
      files: any OutboundFiles, clock: any Clock, random: any RandomSource, log: Log,
      metrics: Metrics
    ) {
      self.database = database
      self.directory = directory
      self.caller = caller
      self.files = files
      self.clock = clock
      self.random = random
      self.log = log
      self.metrics = metrics
    }
  }
}
