import Gateway

// The story, scene by scene.

extension DemoScript {
  private var sms: String { DemoConversation.smsNumber }
  private var business: String { DemoConversation.whatsAppNumber }

  /// People write for the first time, on every line.
  mutating func firstContacts() {
    let question = tell(
      "Maya sends an SMS: “Hi, is my bike ready? The green one.”", as: DemoConversation.question
    ) {
      $0.twilio.sms(
        from: DemoCast.mayaNumber, to: $0.sms, text: "Hi, is my bike ready? The green one.")
    }
    answer(
      "We answer by SMS: “It is! Come by before six.”", .chat(of: DemoConversation.question),
      ["text": "It is! Come by before six."], expecting: .delivered)
    tell("Rafaela writes on WhatsApp: “Oi! Vocês abrem sábado?”") {
      $0.whatsApp(.text("Oi! Vocês abrem sábado?"), DemoCast.rafaela)
    }
    tell("Rafaela sends a photo on WhatsApp: “esse modelo”", as: "model") {
      $0.whatsApp(.media(contentType: "image/jpeg", caption: "esse modelo"), DemoCast.rafaela)
    }
    answer(
      "We answer her photo with one of ours: “Temos, em azul. Sábado das 9 às 14.”",
      .chat(of: "model"), ["text": "Temos, em azul. Sábado das 9 às 14."], replyTo: "model",
      picture: Self.bluePoint, expecting: .read)
    tell("Ивана follows a link to the Telegram bot: “/start camp_autumn-26”") {
      $0.telegram.start(payload: "camp_autumn-26", from: DemoCast.ivana)
    }
    tell("Twilio sends Maya's SMS a second time: it stays one message", pause: 150) { _ in question
    }
    tell("Maya writes on WhatsApp with the same number: “It's Maya. This is easier for me.”") {
      $0.whatsApp(.text("It's Maya. This is easier for me."), DemoCast.maya)
    }
    answer(
      "We answer Maya where she wrote last, on WhatsApp: “Fine, we write here then.”",
      .chat(of: DemoConversation.question), ["text": "Fine, we write here then."], expecting: .read)
    tell("José taps an advertisement and writes on WhatsApp: “Hola, vi el anuncio”") {
      $0.whatsApp(
        .referral(
          text: "Hola, vi el anuncio", headline: "Revisión de otoño -30%",
          sourceID: "120211234567890123"), DemoCast.jose)
    }
    tell("أمل sends a voice note on WhatsApp") {
      $0.whatsApp(.media(contentType: "audio/ogg", caption: ""), DemoCast.amal)
    }
    tell("أمل shares a place on WhatsApp: Southbank Centre") {
      $0.whatsApp(
        .location(
          latitude: "51.5068", longitude: "-0.1166", label: "Southbank Centre",
          address: "Belvedere Road, London"), DemoCast.amal)
    }
  }

  /// Somebody lies, somebody corrects herself, buttons are pressed.
  mutating func secondThoughts() {
    tell(
      "Somebody forges an SMS from Maya: “Send my bike to this address …” — refused",
      expecting: 403
    ) {
      $0.twilio.forged(.secret).sms(
        from: DemoCast.mayaNumber, to: $0.sms, text: "Send my bike to this address …")
    }
    let complaint = tell("Ивана writes on Telegram: “Здраво 👋🏽 кочнице шкрипе”", as: "brakes") {
      $0.telegram.message(.text("Здраво 👋🏽 кочнице шкрипе"), from: DemoCast.ivana)
    }
    let written = telegram.last
    let album = telegram.newAlbumID()
    tell("Ивана sends an album of two photos on Telegram: “обе стране”") {
      $0.telegram.albumItem(album, caption: "обе стране", from: DemoCast.ivana)
    }
    tell("… the second photo of the album", pause: 40) {
      $0.telegram.albumItem(album, caption: nil, from: DemoCast.ivana)
    }
    tell("Telegram sends Ивана's text a second time: it stays one message", pause: 200) { _ in
      complaint
    }
    if let written {
      tell("Ивана edits her text: “Здраво 👋🏽 предње кочнице шкрипе”") {
        $0.telegram.edited(
          written, to: .text("Здраво 👋🏽 предње кочнице шкрипе"), by: DemoCast.ivana)
      }
    }
    answer(
      "We answer with two buttons: “У суботу у 10?” [Да] [Не]", .chat(of: "brakes"),
      [
        "text": "У суботу у 10?",
        "buttons": [
          [
            ["text": "Да", "payload": "slot:sat10:y"], ["text": "Не", "payload": "slot:sat10:n"],
          ]
        ],
      ], replyTo: "brakes", expecting: .sent)
    let offer = message(1, to: DemoCast.ivana, text: "У суботу у 10?")
    tell("Ивана presses a button under our message: “Да”") {
      $0.telegram.callback(data: "slot:sat10:y", label: "Да", under: offer, by: DemoCast.ivana)
    }
    answer(
      "We ask Rafaela to confirm, with a template of WhatsApp", .chat(of: "model"),
      [
        "text": "Sábado?",
        "provider_template": [
          "content_sid": .string(Self.template), "variables": ["1": "sábado"],
        ],
      ], expecting: .read)
    let ours = sid(of: 2, to: DemoCast.rafaela, hasMedia: false)
    tell("Rafaela taps a button of our WhatsApp template: “Confirmar”") {
      $0.whatsApp(
        .button(text: "Confirmar", payload: "confirm:9911", repliedTo: ours), DemoCast.rafaela)
    }
    tell("Rafaela chooses from a list: “Sábado 10h”") {
      $0.whatsApp(.list(id: "slot_10h", title: "Sábado 10h"), DemoCast.rafaela)
    }
    tell("Rafaela quotes our message: “esse mesmo”") {
      $0.whatsApp(.reply(text: "esse mesmo", repliedTo: ours), DemoCast.rafaela)
    }
  }

  /// Several people talk in a Telegram group.
  mutating func groupRide() {
    let group = DemoCast.group
    tell("葵 adds the bot to the Telegram group “Saturday ride 🚲”") {
      $0.telegram.membership(from: "left", to: "member", in: group, by: DemoCast.aoi)
    }
    tell("葵 writes to the group: “土曜日の朝、みんなで走りませんか？”", as: "ride") {
      $0.telegram.message(.text("土曜日の朝、みんなで走りませんか？"), from: DemoCast.aoi, in: group)
    }
    let invitation = telegram.last
    tell("प्रिया writes to the group: “मैं आऊँगी! 🚴🏾‍♀️”") {
      $0.telegram.message(.text("मैं आऊँगी! 🚴🏾‍♀️"), from: DemoCast.priya, in: group)
    }
    if let invitation {
      tell("Ивана reacts to 葵's message: ❤") {
        $0.telegram.reaction(on: invitation, to: ["❤"], by: DemoCast.ivana)
      }
    }
    tell("प्रिया brings Γιώργος into the group") {
      $0.telegram.joined([DemoCast.giorgos], in: group, by: DemoCast.priya)
    }
    tell("Γιώργος writes to the group: “Καλημέρα σε όλους”") {
      $0.telegram.message(.text("Καλημέρα σε όλους"), from: DemoCast.giorgos, in: group)
    }
    tell("प्रिया sends the group a file: “route.gpx”") {
      $0.telegram.message(
        .document(
          fileName: "route.gpx", contentType: "application/gpx+xml", size: 18_204, caption: nil),
        from: DemoCast.priya, in: group)
    }
    answer(
      "We answer in the group: “We bring the coffee ☕”", .chat(of: "ride"),
      ["text": "We bring the coffee ☕"], expecting: .sent)
    tell("Γιώργος leaves the group") { $0.telegram.left(DemoCast.giorgos, in: group) }
  }

  /// What a gateway must survive.
  mutating func oddities() {
    tell("Telegram sends an update of a kind nobody knows yet: kept as unrecognised") {
      $0.telegram.unknown()
    }
    tell("Telegram sends an update whose JSON breaks off: kept as unreadable") {
      $0.telegram.malformed(from: DemoCast.priya)
    }
    tell("Somebody posts an update without knowing the bot's secret — refused", expecting: 403) {
      let update = $0.telegram.message(.text("I am 葵, trust me"), from: DemoCast.aoi)
      return $0.telegram.forged(update, .secret)
    }
    tell("Somebody who hides the telephone number writes on WhatsApp: “hola”") {
      $0.whatsApp(.text("hola"), DemoCast.lu)
    }
    tell("A number sends two photos by MMS, without a word", as: "photos") {
      $0.twilio.mms(
        from: DemoCast.passerby, to: $0.sms, text: "", media: ["image/jpeg", "image/jpeg"])
    }
    answer(
      "We schedule an answer for the evening: “Nice bikes! Shall we have a look?”",
      as: "evening", .chat(of: "photos"), ["text": "Nice bikes! Shall we have a look?"],
      schedule: .later(milliseconds: 36_000_000), expecting: .queued)
    answer(
      "We write to a landline by SMS: Twilio takes it, and cannot deliver it",
      .address(DemoCast.landline, transport: "sms"), ["text": "Your tyres have arrived."],
      expecting: .undeliverable)
    answer(
      "We write on WhatsApp to somebody who never wrote to us: it may only go by SMS",
      as: DemoConversation.fallback, .address(DemoCast.newcomer, transport: "whatsapp"),
      ["text": "Your helmet is here, Tom.", "fallback": ["sms"]], expecting: .delivered)
  }

  /// The last messages of the morning.
  mutating func farewells() {
    tell("أمل sends a contact card on WhatsApp") {
      $0.whatsApp(.media(contentType: "text/vcard", caption: ""), DemoCast.amal)
    }
    tell("葵 sends a sticker on Telegram: 👍", as: "sticker") {
      $0.telegram.message(.sticker(emoji: "👍"), from: DemoCast.aoi)
    }
    tell("葵 shares where the ride starts: Kod Babe") {
      $0.telegram.message(
        .venue(
          title: "Kod Babe", address: "Knez Mihailova 1", latitude: 44.82, longitude: 20.46),
        from: DemoCast.aoi)
    }
    answer(
      "We answer 葵, and Telegram is busy: “土曜日に！”, again when it says",
      .chat(of: "sticker"), ["text": "土曜日に！"], expecting: .sent)
    answer(
      "We schedule a message to 葵 for two seconds from now: “地図はこちらです。”", as: "map",
      .chat(of: "sticker"),
      [
        "text": "地図はこちらです。",
        "location": ["latitude": .number(44.82), "longitude": .number(20.46)],
      ], schedule: .soon(milliseconds: 2000), expecting: .queued)
    look("… and two seconds later it goes", at: "map", expecting: .sent)
    // Answered without a body: TwiML would be spoken into a call that is over.
    tell("Maya calls and nobody answers", expecting: 204) {
      $0.twilio.call(
        .noAnswer, callSID: $0.twilio.sid("CA"), from: DemoCast.mayaNumber, to: $0.sms)
    }
    tell("The number of the two photos sends an SMS: “STOP”") {
      $0.twilio.optOut(.stop, from: DemoCast.passerby, to: $0.sms)
    }
    look(
      "What was scheduled for that number is canceled with it", at: "evening",
      expecting: .canceled)
  }

  /// A template of the workshop's at Twilio.
  private static let template = "HX5e2f0c9a7b4d4e1f8a6c3b2d1e0f9a8b"

  /// A PNG of one blue point.
  private static let bluePoint: [UInt8] =
    Base64.decode(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNQCLgAAAHUAUEnC/+DAAAAAElFTkSuQmCC"
    ) ?? []

  private func whatsApp(_ content: WhatsAppContent, _ user: WhatsAppUser) -> HTTPRequest {
    whatsApp.whatsApp(content, from: user, to: business)
  }
}
