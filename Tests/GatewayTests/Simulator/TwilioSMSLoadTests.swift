import Gateway
import Simulator
import Testing

@Suite struct TwilioSMSLoadTests {
  private let load = TwilioSMSLoad(
    SimulatorSupport.twilio(), to: "+12065550199", people: 10, seed: 3)

  @Test func signsEachRequestAsTheSlowWayDoes() throws {
    for index in [0, 1, 9, 10, 123_456_789, UInt64.max] {
      let request = load.request(index)
      let expected = try SimulatorSupport.signature(request)
      #expect(request.headers["X-Twilio-Signature"] == expected, "request \(index)")
    }
  }

  @Test func sendsTheParametersOfAnOrdinarySMS() throws {
    let ordinary = SimulatorSupport.twilio().sms(
      from: "+15032000000", to: "+12065550199", text: "Order 0: is it on its way?")
    let quick = try SimulatorSupport.form(load.request(0))
    for field in try SimulatorSupport.form(ordinary).fields where !field.name.hasSuffix("Sid") {
      #expect(quick[field.name] == field.value, "\(field.name)")
    }
    #expect(quick.fields.count == 19)
  }

  @Test func givesEveryRequestItsOwnSIDAndSpreadsThemOverThePeople() throws {
    let requests = SimulatorSupport.twilio().manySMS(
      to: "+12065550199", people: 10, count: 200, seed: 3)
    let forms = try requests.map { try SimulatorSupport.form($0) }
    #expect(Set(forms.map { $0["MessageSid"] }).count == 200)
    #expect(Set(forms.map { $0["From"] }).count == 10)
    #expect(forms.allSatisfy { $0["MessageSid"]?.count == 34 })
  }

  @Test func isAFunctionOfSeedAndNumber() {
    let other = TwilioSMSLoad(
      SimulatorSupport.twilio(seed: 99), to: "+12065550199", people: 10, seed: 4)
    #expect(load.request(5) == load.request(5))
    #expect(load.request(5) != other.request(5))
  }
}
