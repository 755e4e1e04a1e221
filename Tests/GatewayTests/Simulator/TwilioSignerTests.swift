import Gateway
import Simulator
import Testing

@Suite struct TwilioSignerTests {
  @Test(arguments: TwilioVectors.forms)
  func signsAsTwiliosOwnLibraryDoes(_ vector: TwilioVectors.Vector) throws {
    let form = try SimulatorSupport.form(
      HTTPRequest(method: "POST", target: "/", body: Array(vector.body.utf8)))
    #expect(
      TwilioSigner.sign(url: vector.url, form: form, key: vector.key, digest: vector.digest)
        == vector.signature)
  }

  @Test func signsTheQueryOfAGetAsItStands() {
    let url =
      "https://gw.example.com/hooks/twilio/ch1?ToCountry=US&ToState=WA"
      + "&SmsMessageSid=SM5d5ba9766a133e94a3f596180cede056&NumMedia=0&ToCity=&FromZip=97205"
      + "&SmsSid=SM5d5ba9766a133e94a3f596180cede056&FromState=OR&SmsStatus=received"
      + "&FromCity=PORTLAND&Body=ping+%26+pong&FromCountry=US&To=%2B12065550199&ToZip="
      + "&NumSegments=1&MessageSid=SM5d5ba9766a133e94a3f596180cede056"
      + "&AccountSid=AC0a1b2c3d4e5f60718293a4b5c6d7e8f9&From=%2B15035550142&ApiVersion=2010-04-01"
    #expect(
      TwilioSigner.sign(url: url, key: SimulatorSupport.authToken)
        == "HKgA5kzBWxkQQjzHdXFDD5zjQCk=")
  }

  @Test func bindsAJSONBodyByItsHashInTheAddress() {
    var twilio = SimulatorSupport.twilio()
    twilio.webhookURL += "?tenant=7"
    let body = Array(#"{"MessageSid":"SM00000000000000000000000000000001","Body":"hé"}"#.utf8)
    let request = twilio.request(json: body)
    #expect(
      request.target == "https://gw.example.com/hooks/twilio/ch1?tenant=7&bodySHA256="
        + "8c1d06cea20ad493360094036b7f1fe80f53ee1687eaf1e6e67b51e3a9b6524d")
    #expect(request.headers["X-Twilio-Signature"] == "QO9FgRAUXVAUqlbwnCEVcZvWAZI=")
    #expect(request.headers["Content-Type"] == "application/json")
    #expect(request.body == body)
  }

  @Test func ordersNamesByBytesAndDropsRepeatsOfAPair() {
    let form = TwilioParameters([
      ("b", "2"), ("a", "x"), ("B", "1"), ("b", "1"), ("b", "2"), ("_z", "0"), ("Ä", "u"),
      ("empty", ""),
    ])
    let canonical = TwilioSigner.canonical(url: "u", form: form)
    #expect(String(decoding: canonical, as: UTF8.self) == "uB1_z0axb1b2emptyÄu")
  }

  @Test func keepsTwoSpellingsOfOneLetterApart() {
    let composed = "\u{E9}"
    let decomposed = "e\u{301}"
    let form = TwilioParameters([(composed, "1"), (decomposed, "1")])
    #expect(
      TwilioSigner.canonical(url: "", form: form)
        == Array(decomposed.utf8) + Array("1".utf8) + Array(composed.utf8) + Array("1".utf8))
  }

  @Test(arguments: [
    ("https://a.example/x?y=%7e+z#rc=3&rp=all", "https://a.example/x?y=%7e+z"),
    ("https://user:pa%40ss@a.example:8443/x", "https://a.example:8443/x"),
    ("https://a.example?mail=me@b.example", "https://a.example?mail=me@b.example"),
    ("https://a.example/@me", "https://a.example/@me"),
    ("no address at all", "no address at all"),
  ])
  func leavesFragmentAndCredentialsUnsigned(_ url: String, _ signed: String) {
    #expect(TwilioSigner.signable(url) == signed)
  }

  @Test func signsWithoutAKeyToo() {
    // HMAC-SHA1 of the empty text under the empty key, RFC 2202's construction.
    #expect(TwilioSigner.sign(url: "", key: "") == "+9sdGxiqbAgyS31ktx+3Y3BpDh0=")
  }
}
