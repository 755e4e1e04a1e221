import Gateway

// The story, scene by scene.

extension DemoScript {
  private var sms: String { DemoConversation.smsNumber }
  private var business: String { DemoConversation.whatsAppNumber }

  /// People write for the first time, on every line.
  mutating func firstContacts() {
    let question = tell("Maya sends an SMS: “Hi, is my bike ready? The green one.”") {
      $0.twilio.sms(
        from: DemoCast.mayaNumber, to: $0.sms, text: "Hi, is my bike ready? The green one.")
    }
    tell("Rafaela writes on WhatsApp: “Oi! Vocês abrem sábado?”") {
      $0.whatsApp(.text("Oi! Vocês abrem sábado?"), DemoCast.rafaela)
    }
    tell("Rafaela sends a photo on WhatsApp: “esse modelo”") {
      $0.whatsApp(.media(contentType: "image/jpeg", caption: "esse modelo"), DemoCast.rafaela)
    }
    tell("Ивана follows a link to the Telegram bot: “/start camp_autumn-26”") {
      $0.telegram.start(payload: "camp_autumn-26", from: DemoCast.ivana)
    }
    tell("Twilio sends Maya's SMS a second time: it stays one message", pause: 150) { _ in question
    }
    tell("Maya writes on WhatsApp with the same number: “It's Maya. This is easier for me.”") {
      $0.whatsApp(.text("It's Maya. This is easier for me."), DemoCast.maya)
    }
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
    let complaint = tell("Ивана writes on Telegram: “Здраво 👋🏽 кочнице шкрипе”") {
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
    let offer = telegram.botSent("У суботу у 10?", in: .privateChat(DemoCast.ivana))
    tell("Ивана presses a button under our message: “Да”") {
      $0.telegram.callback(data: "slot:sat10:y", label: "Да", under: offer, by: DemoCast.ivana)
    }
    let ours = whatsApp.sid("SM")
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
    tell("葵 writes to the group: “土曜日の朝、みんなで走りませんか？”") {
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
    tell("A number sends two photos by MMS, without a word") {
      $0.twilio.mms(
        from: DemoCast.passerby, to: $0.sms, text: "", media: ["image/jpeg", "image/jpeg"])
    }
  }

  /// The last messages of the morning.
  mutating func farewells() {
    tell("أمل sends a contact card on WhatsApp") {
      $0.whatsApp(.media(contentType: "text/vcard", caption: ""), DemoCast.amal)
    }
    tell("葵 sends a sticker on Telegram: 👍") {
      $0.telegram.message(.sticker(emoji: "👍"), from: DemoCast.aoi)
    }
    tell("葵 shares where the ride starts: Kod Babe") {
      $0.telegram.message(
        .venue(
          title: "Kod Babe", address: "Knez Mihailova 1", latitude: 44.82, longitude: 20.46),
        from: DemoCast.aoi)
    }
    // Answered without a body: TwiML would be spoken into a call that is over.
    tell("Maya calls and nobody answers", expecting: 204) {
      $0.twilio.call(
        .noAnswer, callSID: $0.twilio.sid("CA"), from: DemoCast.mayaNumber, to: $0.sms)
    }
    tell("The number of the two photos sends an SMS: “STOP”") {
      $0.twilio.optOut(.stop, from: DemoCast.passerby, to: $0.sms)
    }
  }

  private func whatsApp(_ content: WhatsAppContent, _ user: WhatsAppUser) -> HTTPRequest {
    whatsApp.whatsApp(content, from: user, to: business)
  }
}
