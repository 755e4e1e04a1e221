import Testing

@testable import Gateway

@Suite struct MetaErrorTests {
  @Test func readsWhatMetaSays() {
    let body = """
      {"error":{"message":"(#131056) pair rate limit hit","type":"OAuthException","code":131056,
      "error_subcode":2494055,"is_transient":true,
      "error_data":{"messaging_product":"whatsapp","details":"Too many"},"fbtrace_id":"A1"}}
      """
    let error = MetaError(HTTPResponse(status: 400, contentType: "application/json", body: body))
    #expect(error?.code == 131056)
    #expect(error?.subcode == 2_494_055)
    #expect(error?.isTransient == true)
    #expect(error?.words == "Too many")
    #expect(error?.isAboutMissingObject == false)
  }

  @Test func readsTheWordsForAUserWhereThereAreNoDetails() {
    let error = MetaError(["code": 10, "message": "(#10) No", "error_user_msg": "Ask for it"])
    #expect(error?.words == "Ask for it")
    #expect(MetaError(["code": "190", "message": ""])?.words == nil)
    #expect(MetaError(["code": 100, "error_subcode": 33])?.isAboutMissingObject == true)
  }

  @Test(arguments: ["", "<html>", "[]", "{}", #"{"error":"no"}"#, #"{"error":{"message":"x"}}"#])
  func findsNoneInWhatIsNone(_ body: String) {
    #expect(MetaError(HTTPResponse(status: 400, contentType: "text/html", body: body)) == nil)
  }

  @Test func cutsLongWords() throws {
    let app = try WhatsAppSendingSupport.provider().app
    #expect(app.shown(String(repeating: "é", count: 10_000)).unicodeScalars.count == 300)
    #expect(app.shown("x \(WhatsAppSendingSupport.token)") == "(not shown: it holds a secret)")
  }
}
