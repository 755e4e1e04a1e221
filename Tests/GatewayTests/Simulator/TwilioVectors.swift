import Simulator
import Testing

/// Signatures computed with Twilio's own library for Python, `twilio` 9.13.0; the first is the one
/// its documentation publishes.
enum TwilioVectors {
  struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let url: String
    var key = SimulatorSupport.authToken
    var digest = TwilioSigner.Digest.sha1
    let body: String
    let signature: String
    var testDescription: String { name }
  }

  static let forms = [
    Vector(
      name: "doc-example",
      url: "https://example.com/myapp.php?foo=1&bar=2",
      key: "12345",
      body: """
        CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310\
        &To=%2B18005551212
        """,
      signature: "L/OH5YylLD5NRKLltdqwSvS0BnU="),
    Vector(
      name: "sms-text",
      url: "https://gw.example.com/hooks/twilio/ch1",
      body: """
        ToCountry=US&ToState=WA&SmsMessageSid=SM7e0d580a2465211e28d0c93ab1f1781d&NumMedia=0\
        &ToCity=&FromZip=97205&SmsSid=SM7e0d580a2465211e28d0c93ab1f1781d&FromState=OR\
        &SmsStatus=received&FromCity=PORTLAND&Body=Is+table+4+free+at+7pm%3F&FromCountry=US\
        &To=%2B12065550199&ToZip=&NumSegments=1\
        &MessageSid=SM7e0d580a2465211e28d0c93ab1f1781d\
        &AccountSid=AC0a1b2c3d4e5f60718293a4b5c6d7e8f9&From=%2B15035550142\
        &ApiVersion=2010-04-01
        """,
      signature: "Lj8H8tMidb/oqKvx03SGlGWJ5o8="),
    Vector(
      name: "sms-text-unicode-multisegment",
      url: "https://gw.example.com/hooks/twilio/ch1",
      body: """
        ToCountry=US&ToState=WA&SmsMessageSid=SMab33aee2d23e021ba58fe7c32f606bae&NumMedia=0\
        &ToCity=&FromZip=97205&SmsSid=SMab33aee2d23e021ba58fe7c32f606bae&FromState=OR\
        &SmsStatus=received&FromCity=PORTLAND\
        &Body=Gr%C3%BC%C3%9Fe+aus+Z%C3%BCrich+%F0%9F%91%8B%F0%9F%8F%BD+%E2%80%94+%C3%A7a\
        +va+%26+tout+est+%C3%A0+100%25+%3F+%C3%A7a+va+%26+tout+est+%C3%A0+100%25+%3F+%C3\
        %A7a+va+%26+tout+est+%C3%A0+100%25+%3F+%C3%A7a+va+%26+tout+est+%C3%A0+100%25+%3F\
        +%C3%A7a+va+%26+tout+est+%C3%A0+100%25+%3F+%C3%A7a+va+%26+tout+est+%C3%A0+100%25\
        +%3F+&FromCountry=US&To=%2B12065550199&ToZip=&NumSegments=4\
        &MessageSid=SMab33aee2d23e021ba58fe7c32f606bae\
        &AccountSid=AC0a1b2c3d4e5f60718293a4b5c6d7e8f9&From=%2B15035550142\
        &ApiVersion=2010-04-01
        """,
      signature: "rxhqy2dssIU46fEdp5u7jDFvjDA="),
    Vector(
      name: "sms-empty-body",
      url: "https://gw.example.com/hooks/twilio/ch1",
      body: """
        ToCountry=US&ToState=WA&SmsMessageSid=SM72de288dfc4b29e2875085fab89c740b&NumMedia=0\
        &ToCity=&FromZip=97205&SmsSid=SM72de288dfc4b29e2875085fab89c740b&FromState=OR\
        &SmsStatus=received&FromCity=PORTLAND&Body=&FromCountry=US&To=%2B12065550199&ToZip=\
        &NumSegments=1&MessageSid=SM72de288dfc4b29e2875085fab89c740b\
        &AccountSid=AC0a1b2c3d4e5f60718293a4b5c6d7e8f9&From=%2B15035550142\
        &ApiVersion=2010-04-01
        """,
      signature: "FjE+4jrjdcujcm7lUxyouAjIDzM="),
    Vector(
      name: "mms-two-media-no-text",
      url: "https://gw.example.com/hooks/twilio/ch1",
      body: """
        ToCountry=US&ToState=WA&SmsMessageSid=MM180701fd829d2499e370e55b95031ba2&NumMedia=2\
        &ToCity=&FromZip=97205&SmsSid=MM180701fd829d2499e370e55b95031ba2&FromState=OR\
        &SmsStatus=received&FromCity=PORTLAND&Body=&FromCountry=US&To=%2B12065550199&ToZip=\
        &MediaContentType0=image%2Fjpeg\
        &MediaUrl0=https%3A%2F%2Fapi.twilio.com%2F2010-04-01%2FAccounts%2FAC0a1b2c3d4e5f\
        60718293a4b5c6d7e8f9%2FMessages%2FMM180701fd829d2499e370e55b95031ba2%2FMedia%2FM\
        Ea876c7107d3ca321c8816e473950611d&MediaContentType1=video%2F3gpp\
        &MediaUrl1=https%3A%2F%2Fapi.twilio.com%2F2010-04-01%2FAccounts%2FAC0a1b2c3d4e5f\
        60718293a4b5c6d7e8f9%2FMessages%2FMM180701fd829d2499e370e55b95031ba2%2FMedia%2FM\
        E7f9baa6be5b439f6007d55cf20d0bcb5&NumSegments=2\
        &MessageSid=MM180701fd829d2499e370e55b95031ba2\
        &AccountSid=AC0a1b2c3d4e5f60718293a4b5c6d7e8f9&From=%2B15035550142\
        &ApiVersion=2010-04-01
        """,
      signature: "nRpN217rUhvqcls2OBh+n/zSEJc="),
    Vector(
      name: "status-delivered",
      url: "https://gw.example.com/hooks/twilio/ch1",
      body: """
        SmsSid=SMf04496132f6f4d5c3256a41b45172a96&SmsStatus=delivered\
        &MessageStatus=delivered&To=%2B15035550142\
        &MessageSid=SMf04496132f6f4d5c3256a41b45172a96\
        &AccountSid=AC0a1b2c3d4e5f60718293a4b5c6d7e8f9&From=%2B12065550199\
        &ApiVersion=2010-04-01&RawDlrDoneDate=2610051423
        """,
      signature: "c9UbLPH3hcG8blQuY/svjLEir30="),
    Vector(
      name: "sharedkey-hmac_sha256",
      url: "https://gw.example.com/hooks/twilio/ch1",
      key: "sk_synthetic_0123456789abcdefghijklmnopqrstuv",
      digest: .sha256,
      body: """
        MessageSid=SM00000000000000000000000000000001&From=%2B15035550142&To=%2B12065550199\
        &Body=hi
        """,
      signature: "4Wt5zVhwY3WKMeG8BzXC3ML1ilmXZAgMvOy+NAYOmqM="),
    Vector(
      name: "sharedkey-hmac_sha1",
      url: "https://gw.example.com/hooks/twilio/ch1",
      key: "sk_synthetic_0123456789abcdefghijklmnopqrstuv",
      body: """
        MessageSid=SM00000000000000000000000000000001&From=%2B15035550142&To=%2B12065550199\
        &Body=hi
        """,
      signature: "evWNvC74VRBuiuswgYMQiH0A6mU="),
    Vector(
      name: "port-kept",
      url: "https://gw.example.com:8443/hooks/twilio/ch1",
      body: """
        MessageSid=SM00000000000000000000000000000001&From=%2B15035550142&To=%2B12065550199\
        &Body=hi
        """,
      signature: "yx5DZHZUH7z98RQdOuGjzMZE2GI="),
    Vector(
      name: "port-dropped",
      url: "https://gw.example.com/hooks/twilio/ch1",
      body: """
        MessageSid=SM00000000000000000000000000000001&From=%2B15035550142&To=%2B12065550199\
        &Body=hi
        """,
      signature: "MoLH2DdHRqQxdv3yhYaxkB00VbQ="),
    Vector(
      name: "default-port-added",
      url: "https://gw.example.com:443/hooks/twilio/ch1",
      body: """
        MessageSid=SM00000000000000000000000000000001&From=%2B15035550142&To=%2B12065550199\
        &Body=hi
        """,
      signature: "iX1cZK85CTyJt5Yz746XnF7Tfu4="),
    Vector(
      name: "multi-value-case-order",
      url: "https://gw.example.com/hooks/twilio/ch1",
      body: """
        b=2&a=x&B=1&b=1&b=2&_z=0&%C3%84=u&empty=
        """,
      signature: "4dMQscGeJ2/0ItLqb2RH2drINnU="),
    Vector(
      name: "url-percent-encoding-kept",
      url: "https://gw.example.com/hooks/twilio/ch1?label=caf%C3%A9+bar&x=%7e",
      body: """
        MessageSid=SM00000000000000000000000000000001&From=%2B15035550142&To=%2B12065550199\
        &Body=hi
        """,
      signature: "pN9OEiggyRrpDGCvIt5TqbhIBuw="),
  ]
}
