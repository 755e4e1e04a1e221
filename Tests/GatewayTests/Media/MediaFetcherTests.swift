import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(2))) struct MediaFetcherTests {
  @Test func aFileIsKeptUnderItsContentAndItsJobIsGone() throws {
    let rig = try MediaRig()
    let message = try rig.receive(1)
    rig.start()
    #expect(rig.becomes("stored", message))
    let file = try rig.file(of: message)
    #expect(file.stored.sha256 == Crypto.sha256(MediaRig.jpeg))
    #expect(file.shown.reference.size == Int64(MediaRig.jpeg.count))
    #expect(file.shown.reference.contentType == "image/jpeg")
    #expect(try File.read(rig.store.path(of: Crypto.sha256(MediaRig.jpeg))) == MediaRig.jpeg)
    #expect(try rig.job(of: message) == nil)
    #expect(try File.list("\(rig.test.store.folder)/media/tmp") == [])
    #expect(
      eventually {
        rig.test.metrics.text().contains("trunkline_media_fetches_total{outcome=\"stored\"} 1")
      })
  }

  @Test func anotherFileIsNotKeptInItsPlace() throws {
    @Sendable func answer(_ digest: [UInt8]) -> Result<HTTPResponse, TransportFailure> {
      .success(
        HTTPResponse(
          status: 200,
          headers: ["Content-Type": "image/jpeg", "X-SHA256": Hex.encode(digest)],
          body: MediaRig.jpeg))
    }
    let rig = try MediaRig { _ in answer(Crypto.sha256([1])) }
    let message = try rig.receive(1)
    rig.start()
    #expect(rig.isTried(1, message))
    let job = try #require(try rig.job(of: message))
    #expect(job.reason?.contains("SHA-256") == true)
    rig.caller.script { _ in answer(Crypto.sha256(MediaRig.jpeg)) }
    rig.advance(milliseconds: 10_000)
    #expect(rig.becomes("stored", message))
  }

  @Test func aRedirectIsFollowedWithoutTheCredentials() throws {
    let rig = try MediaRig { call in
      call.request.target.hasPrefix(FileProvider.base)
        ? .success(
          HTTPResponse(status: 302, headers: ["Location": "https://cdn.example/x?token=1"]))
        : ScriptedCaller.file("image/jpeg", MediaRig.jpeg)
    }
    let message = try rig.receive(1)
    rig.start(destinations: .publicOnly(allowing: []))
    #expect(rig.becomes("stored", message))
    let calls = rig.caller.calls
    #expect(calls.map { $0.request.headers["authorization"] } == ["Bearer secret", nil])
    #expect(calls.map(\.request.target).last == "https://cdn.example/x?token=1")
    #expect(calls.allSatisfy { $0.destinations == .publicOnly(allowing: []) })
    #expect(calls.allSatisfy { $0.answerBytesMax == MediaStore.bytesMax })
  }

  @Test func eachFailureDoublesTheWaitUpToAnHour() throws {
    let rig = try MediaRig { _ in .success(HTTPResponse(status: 500)) }
    let message = try rig.receive(1)
    rig.start()
    var pause = MediaFetcher.retryFirstMilliseconds
    for tries in 1...14 {
      #expect(rig.isTried(Int64(tries), message))
      let job = try #require(try rig.job(of: message))
      let wait =
        job.dueAt.millisecondsSinceEpoch - rig.test.store.clock.now().millisecondsSinceEpoch
      #expect(wait >= pause && wait < pause + pause / 4, "try \(tries): \(wait)")
      #expect(job.reason == "answered 500")
      rig.advance(milliseconds: wait)
      pause = min(pause * 2, MediaFetcher.retryMostMilliseconds)
    }
    #expect(pause == MediaFetcher.retryMostMilliseconds)
  }

  @Test func nothingIsTriedBeforeTheProviderAllows() throws {
    let rig = try MediaRig { _ in
      .success(HTTPResponse(status: 429, headers: ["Retry-After": "90"]))
    }
    let message = try rig.receive(1)
    rig.start()
    #expect(rig.isTried(1, message))
    let job = try #require(try rig.job(of: message))
    #expect(job.dueAt == rig.test.store.clock.now().adding(milliseconds: 90_000))
  }

  @Test func aFileThatNeverComesIsUnavailableAndItsMessageStays() throws {
    let rig = try MediaRig { _ in .success(HTTPResponse(status: 500)) }
    let message = try rig.receive(1)
    rig.start()
    #expect(rig.isTried(1, message))
    rig.advance(milliseconds: MediaJob.lifetimeMilliseconds)
    #expect(rig.becomes("unavailable", message))
    let shown = try rig.file(of: message).shown
    #expect(shown.reference.details["unavailable_reason"]?.string == "answered 500")
    // What was known of it is still known.
    #expect(shown.reference.details["width"]?.integer == 10)
    #expect(try rig.job(of: message) == nil)
  }

  @Test func theLastTryIsAtTheEndOfItsTimeAndNotAfter() throws {
    let rig = try MediaRig { _ in .success(HTTPResponse(status: 500)) }
    let message = try rig.receive(1)
    rig.start()
    #expect(rig.isTried(1, message))
    rig.advance(milliseconds: MediaJob.lifetimeMilliseconds - 1)
    #expect(rig.isTried(2, message))
    let job = try #require(try rig.job(of: message))
    #expect(job.dueAt == job.giveUpAt)
  }

  @Test func aFinalRefusalEndsItAtOnce() throws {
    let rig = try MediaRig { _ in .success(HTTPResponse(status: 410)) }
    let message = try rig.receive(1)
    rig.start()
    #expect(rig.becomes("unavailable", message))
    #expect(rig.caller.calls.count == 1)
  }

  @Test func aFileThatIsTooLargeEndsItAtOnce() throws {
    let rig = try MediaRig { _ in .failure(TransportFailure(.tooLarge, host: "x")) }
    let message = try rig.receive(1)
    rig.start()
    #expect(rig.becomes("unavailable", message))
    let reason = try rig.file(of: message).shown.reference.details["unavailable_reason"]?.string
    #expect(reason == "the file is larger than 104857600 bytes")
  }

  @Test func whatWasUnderWayWhenTheDaemonStoppedIsFetchedAfterTheStart() throws {
    let rig = try MediaRig { _ in nil }
    let message = try rig.receive(1)
    rig.start()
    #expect(eventually { rig.caller.heldCount == 1 })
    rig.stop()
    // An answer that comes after the end changes nothing.
    rig.caller.release()
    let job = try #require(try rig.job(of: message))
    #expect(job.tries == 0)
    rig.caller.script { _ in ScriptedCaller.file("image/jpeg", MediaRig.jpeg) }
    rig.start()
    #expect(rig.becomes("stored", message))
  }

  @Test func theSameBytesTwiceAreOneFile() throws {
    let rig = try MediaRig()
    let first = try rig.receive(1)
    let second = try rig.receive(2)
    rig.start()
    #expect(rig.becomes("stored", first) && rig.becomes("stored", second))
    #expect(try rig.kept().count == 1)
    #expect(try rig.file(of: first).stored.id != rig.file(of: second).stored.id)
  }

  @Test(arguments: [
    ("text/html", "<html>log in</html>"), ("image/jpeg", "<!DOCTYPE html><p>sorry"),
    ("application/json", "{\"error\":1}"), ("image/jpeg", ""),
  ])
  func aPageInPlaceOfThePictureIsNotThePicture(type: String, body: String) throws {
    let rig = try MediaRig { _ in ScriptedCaller.file(type, Array(body.utf8)) }
    let message = try rig.receive(1)
    rig.start()
    #expect(rig.isTried(1, message))
    #expect(try rig.file(of: message).stored.state == "pending")
    #expect(try rig.kept() == [])
    // The provider comes to its senses.
    rig.caller.script { _ in ScriptedCaller.file("image/jpeg", MediaRig.jpeg) }
    rig.advance(milliseconds: 10_000)
    #expect(rig.becomes("stored", message))
  }

  @Test func oneChannelsBacklogLeavesRoomForAnother() throws {
    let rig = try MediaRig { _ in nil }
    for number in 1...40 { _ = try rig.receive(Int64(number)) }
    _ = try rig.receive(41, user: 51, on: rig.test.foreign)
    rig.start()
    let expected = MediaFetcher.underWayPerChannelMax + 1
    #expect(eventually { rig.caller.heldCount == expected })
    #expect(rig.caller.calls.count == expected)
    #expect(rig.caller.calls.count { $0.request.target.hasSuffix("f41") } == 1)
  }

  @Test func neverMoreThanItsShareIsUnderWay() throws {
    let rig = try MediaRig { _ in nil }
    for number in 1...12 {
      _ = try rig.receive(Int64(number), user: 50)
      _ = try rig.receive(Int64(100 + number), user: 51, on: rig.test.foreign)
    }
    rig.start()
    #expect(eventually { rig.caller.heldCount == MediaFetcher.underWayMax })
    rig.fetcher?.wake()
    #expect(rig.caller.calls.count == MediaFetcher.underWayMax)
    // Each that ends makes room for the next, until all were tried.
    #expect(
      eventually {
        rig.caller.release()
        return rig.caller.calls.count == 24
      })
  }

  @Test func ourOwnFileIsFetchedFromItsAddressWithoutCredentials() throws {
    let rig = try MediaRig { call in
      call.request.target == "https://shop.example/a/pic?x=1"
        ? .success(HTTPResponse(status: 301, headers: ["Location": "../b/Photo%20one.jpg"]))
        : ScriptedCaller.file("image/jpeg", MediaRig.jpeg)
    }
    let message = try rig.enqueued(1, url: "https://shop.example/a/pic?x=1")
    rig.start()
    #expect(rig.becomes("stored", message))
    #expect(rig.caller.calls.map { $0.request.headers["authorization"] } == [nil, nil])
    #expect(try rig.file(of: message).stored.fileName == "Photo one.jpg")
    let upload = try rig.test.store.database.read { [store = rig.store] connection in
      try store.upload(of: message.id, attachment: 0, connection)
    }
    #expect(
      upload
        == .file(
          path: rig.store.path(of: Crypto.sha256(MediaRig.jpeg)), contentType: "image/jpeg",
          fileName: "Photo one.jpg", size: Int64(MediaRig.jpeg.count)))
  }

  @Test func whatIsNotHereYetCannotBeUploaded() throws {
    let rig = try MediaRig()
    let message = try rig.receive(1)
    let upload = try rig.test.store.database.read { [store = rig.store] connection in
      try store.upload(of: message.id, attachment: 0, connection)
    }
    #expect(upload == .missing("the file is not here yet"))
  }

  @Test func aFileIsInLineWhenItsMessageIsThereIfItsProviderGivesFilesOut() throws {
    let test = try TestIngest()
    let woken = Locked(0)
    test.store.database.onWake { wakes in
      if wakes.contains(.media) { woken.withLock { $0 += 1 } }
    }
    try test.update(
      1, "message",
      TestIngest.text(
        "", from: 7, message: 1,
        extra: ["photo": [["file_id": "a", "file_unique_id": "b", "width": 1, "height": 1]]]))
    let chat = try #require(try test.chats().first)
    let file = try #require(try test.messages(of: chat).first?.attachments.first)
    let job = try test.store.database.read { try $0.mediaJob(file.id) }
    let givesFiles = Providers.named("telegram") is any MediaFetching.Type
    #expect((job != nil) == givesFiles)
    if let job {
      #expect(job.dueAt == test.store.clock.now())
      #expect(job.channelID == test.telegram.id && job.ordinal == 0)
      #expect(eventually { woken.withLock { $0 } > 0 })
    }
  }

  @Test func leftoversOfACrashAreClearedAwayButNotWhatIsBeingWritten() throws {
    let rig = try MediaRig()
    let path = rig.store.temporaryPath()
    try File.write([1], to: path)
    let writtenAt = try #require(File.writtenAt(path))
    let folder = "\(rig.test.store.folder)/media"
    _ = try MediaStore(
      folder: folder, now: writtenAt.adding(milliseconds: MediaStore.leftoverMilliseconds))
    #expect(File.exists(path))
    _ = try MediaStore(
      folder: folder, now: writtenAt.adding(milliseconds: MediaStore.leftoverMilliseconds + 1))
    #expect(!File.exists(path))
  }
}
