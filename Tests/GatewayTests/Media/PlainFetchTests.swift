import Testing

@testable import Gateway

@Suite struct PlainFetchTests {
  private static func redirect(_ location: String) -> CompletedStep {
    CompletedStep("get", .response(HTTPResponse(status: 302, headers: ["Location": location])))
  }

  private static func target(_ step: FetchStep) -> String? {
    if case .request(_, let request, _) = step { request.target } else { nil }
  }

  @Test(arguments: [
    ("https://b.example/y", "https://b.example/y"), ("//b.example/y", "https://b.example/y"),
    ("/y?z", "https://a.example/y?z"), ("y", "https://a.example/d/y"),
    ("?q", "https://a.example/d/x?q"), ("HTTP://b.example/#f", "http://b.example/"),
    ("javascript:alert(1)", "https://a.example/d/javascript:alert(1)"),
    ("file:///etc/passwd", "https://a.example/d/file:///etc/passwd"),
  ])
  func aRedirectIsResolved(_ location: String, _ expected: String) {
    let step = PlainFetch.next("https://a.example/d/x?1", after: [Self.redirect(location)])
    #expect(Self.target(step) == expected)
  }

  @Test func relativeRedirectsBuildOnEachOther() {
    let steps = [Self.redirect("https://b.example/one/"), Self.redirect("two"), Self.redirect("3")]
    #expect(
      Self.target(PlainFetch.next("https://a.example/", after: steps))
        == "https://b.example/one/3")
  }

  @Test func endlessRedirectsEnd() {
    var steps: [CompletedStep] = []
    while Self.target(PlainFetch.next("https://a.example/", after: steps)) != nil {
      steps.append(Self.redirect("/x"))
    }
    #expect(steps.count == PlainFetch.redirectsMax + 1)
    #expect(
      PlainFetch.next("https://a.example/", after: steps)
        == .failed(reason: "more than 5 redirects", isFinal: true))
  }

  @Test(arguments: [
    (404, true), (403, true), (304, true), (429, false), (408, false), (500, false),
  ])
  func aRefusalIsFinalWhereWaitingChangesNothing(_ status: Int, _ isFinal: Bool) {
    let step = CompletedStep("get", .response(HTTPResponse(status: status)))
    #expect(
      PlainFetch.next("https://a.example/", after: [step])
        == .failed(reason: "the address answered \(status)", isFinal: isFinal))
  }

  @Test func onlyTheWebIsAsked() {
    for address in ["file:///etc/passwd", "gopher://x/", "", "https://a b/"] {
      #expect(Self.target(PlainFetch.next(address, after: [])) == nil, "\(address)")
    }
  }
}
