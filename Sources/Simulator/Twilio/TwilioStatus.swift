import Gateway

// What Twilio tells of messages we sent.

extension TwilioSimulator {
  /// Makes a status callback for a message of ours; `status` is Twilio's word.
  ///
  /// `from` is our address and `to` the person's; with `whatsapp:` in front the channel's own
  /// parameters come too. Source, read 2026-11-20:
  /// <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>.
  package func status(
    messageSID: String, status: String, errorCode: Int? = nil, errorMessage: String? = nil,
    from: String, to: String
  ) -> HTTPRequest {
    var form = TwilioParameters([
      ("SmsSid", messageSID), ("SmsStatus", status), ("MessageStatus", status), ("To", to),
      ("MessageSid", messageSID), ("AccountSid", accountSID), ("From", from),
      ("ApiVersion", "2010-04-01"),
    ])
    if to.hasPrefix("whatsapp:") {
      form.add([
        ("ChannelInstallSid", sid("XE")), ("ChannelPrefix", "whatsapp"),
        ("ChannelToAddress", to.dropFirst("whatsapp:".count).dropLast(6) + "XXXXXX"),
        ("StructuredMessage", "false"), ("EventType", status.uppercased()),
      ])
      form.add("ChannelStatusMessage", errorMessage)
    }
    form.add("ErrorCode", errorCode.map { String($0) })
    if !to.hasPrefix("whatsapp:") {
      form.add("ErrorMessage", errorMessage)
      if status == "delivered" || status == "undelivered" {
        form.add("RawDlrDoneDate", TwilioTime.compact(now))
      }
    }
    return request(form)
  }

  /// Makes a delivery of an Event Streams sink: a JSON array with one CloudEvent of that status.
  package func eventStream(
    messageSID: String, status: String, from: String, to: String
  ) -> HTTPRequest {
    let event: JSON = [
      "specversion": "1.0", "type": .string("com.twilio.messaging.message.\(status)"),
      "source": .string("/2010-04-01/Accounts/\(accountSID)/Messages/\(messageSID).json"),
      "id": .string(sid("EZ")),
      "dataschema": "https://events-schemas.twilio.com/Messaging.MessageStatus/5",
      "datacontenttype": "application/json", "time": JSON(now),
      "data": [
        "dataset": "messages", "accountSid": .string(accountSID),
        "messageSid": .string(messageSID), "messageStatus": .string(status.uppercased()),
        "timestamp": JSON(now), "to": .string(to), "from": .string(from),
      ],
    ]
    return request(json: JSON.array([event]).serialized())
  }
}

/// Writes times as Twilio does, in UTC.
enum TwilioTime {
  /// `2610051423`: year, month, day, hour and minute, two digits each.
  static func compact(_ instant: Instant) -> String {
    let digits = instant.description.filter { $0.isNumber }
    return String(digits.dropFirst(2).prefix(10))
  }

  /// `Mon, 05 Oct 2026 14:25:10 +0000`, RFC 5322 §3.3.
  static func mail(_ instant: Instant) -> String {
    let months = [
      "01": "Jan", "02": "Feb", "03": "Mar", "04": "Apr", "05": "May", "06": "Jun", "07": "Jul",
      "08": "Aug", "09": "Sep", "10": "Oct", "11": "Nov", "12": "Dec",
    ]
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let text = instant.description
    let date = text.prefix(10).split(separator: "-").map(String.init)
    let time = text.dropFirst(11).prefix(8)
    // The first day of 1970 was a Thursday.
    let milliseconds = instant.millisecondsSinceEpoch
    let day = (milliseconds - (milliseconds % 86_400_000 + 86_400_000) % 86_400_000) / 86_400_000
    let weekday = days[Int((day % 7 + 7) % 7)]
    guard date.count == 3 else { return text }
    return "\(weekday), \(date[2]) \(months[date[1]] ?? date[1]) \(date[0]) \(time) +0000"
  }
}
