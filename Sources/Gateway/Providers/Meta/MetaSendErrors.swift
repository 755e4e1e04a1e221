/// The error codes of Instagram and Messenger and what each means for us. One code stands for many
/// reasons, told apart by its subcode.
///
/// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes>
/// and <https://developers.facebook.com/docs/graph-api/guides/error-handling>, June 2026.
/// The status says little: throttling comes as 400. The titles are ours.
enum MetaSendErrors {
  /// Not taken now; the same may be taken soon.
  static let retryClass = "retry"
  /// Too much for the account or the app.
  static let throughputClass = "throughput"
  /// It may have been taken or not.
  static let ambiguousClass = "ambiguous"
  /// The person has to write first.
  static let windowClass = "window"
  /// The person cannot be reached.
  static let unreachableClass = "unreachable"
  /// The file could not be fetched, or is of another kind.
  static let mediaClass = "media"
  /// It will never be taken as it is. Also what stands for a code we do not know: sending it again
  /// is not known to be safe or useful.
  static let permanentClass = "permanent"
  /// Another app has the conversation.
  static let threadClass = "thread_control"
  /// What the channel calls the API with has to be mended.
  static let credentialsClass = "credentials"
  /// The account, or what is registered for it, has to be mended.
  static let accountClass = "account"

  /// A reason: what it means in our words.
  struct Reason: Equatable {
    /// A sentence a person can act on.
    let title: String
    /// One of the classes.
    let errorClass: String
  }

  /// What a code means with its subcode; `nil` for one we do not know.
  static func reason(code: Int64, subcode: Int64?) -> Reason? {
    if let subcode, let reason = bySubcode[Key(code: code, subcode: subcode)] { return reason }
    // Under which code it comes, the documentation does not say.
    if subcode == threadSubcode || code == threadSubcode { return otherApp }
    // Failures of its own kind: whether it was sent is not said.
    if code == 1, subcode != nil { return unknownFailure }
    if let reason = byCode[code] { return reason }
    // The whole range stands for permissions that the token was not given.
    return permissionCodes.contains(code) ? byCode[200] : nil
  }

  private struct Key: Hashable {
    let code: Int64
    let subcode: Int64
  }

  private static let permissionCodes: ClosedRange<Int64> = 200...299
  private static let threadSubcode: Int64 = 2_018_300
  private static let otherApp = Reason(
    title: "Another app has the conversation: let it hand it over, or make this app the first one",
    errorClass: threadClass)
  private static let unknownFailure = Reason(
    title: "Something went wrong at Meta: it may have been sent", errorClass: ambiguousClass)

  private static let byCode: [Int64: Reason] = table(codes)
  private static let bySubcode: [Key: Reason] = {
    var known: [Key: Reason] = [:]
    for (code, classes) in subcodes {
      for (subcode, reason) in table(classes) { known[Key(code: code, subcode: subcode)] = reason }
    }
    return known
  }()

  private typealias Classes = [(name: String, titles: KeyValuePairs<Int64, String>)]

  private static func table(_ classes: Classes) -> [Int64: Reason] {
    var known: [Int64: Reason] = [:]
    for (name, titles) in classes {
      for (number, title) in titles { known[number] = Reason(title: title, errorClass: name) }
    }
    return known
  }

  /// What codes mean whose subcode says nothing more.
  private static let codes: Classes = [
    (
      retryClass,
      [1: "Unknown error of the API", 2: "Service unavailable, or the person has blocked you"]
    ),
    (
      throughputClass,
      [
        4: "The app makes too many requests",
        17: "The account makes too many requests",
        32: "The page makes too many requests",
        613: "Too many requests in a short time",
        80001: "The page makes too many requests",
        80002: "The Instagram account makes too many requests",
        80006: "The page or account sends too many messages",
      ]
    ),
    (
      unreachableClass,
      [
        551: "The person is not available, or has blocked you",
        9_000_001: "The person's account is gone",
      ]
    ),
    (
      permanentClass,
      [
        100: "A parameter is invalid",
        2022: "This is switched off for the account",
        36103: "The message is not accepted",
      ]
    ),
    (
      credentialsClass,
      [
        3: "The app lacks a capability or a permission",
        10: "The app lacks a permission",
        102: "The access token's session is over",
        190: "The access token has expired or was revoked",
        200: "The token lacks a permission",
      ]
    ),
    (accountClass, [368: "The account is blocked for violations of policy"]),
  ]

  /// What subcodes mean below their codes.
  private static let subcodes: [(code: Int64, classes: Classes)] = [
    (1, [(credentialsClass, [99: "The access token is not accepted"])]),
    (
      10,
      [
        (
          windowClass,
          [
            2_018_065: "Outside the 24-hour window",
            2_018_278: "Outside the 24-hour window",
            2_534_022: "Outside the 24-hour window",
          ]
        ),
        (unreachableClass, [2_018_108: "The person takes no messages from you"]),
        (
          credentialsClass,
          [2_534_077: "The Instagram account is no longer linked to the page: link it again"]
        ),
        (accountClass, [1_893_063: "The account is restricted"]),
      ]
    ),
    (
      100,
      [
        (
          unreachableClass,
          [
            33: "There is no such person",
            2_018_001: "There is no such person",
            2_534_014: "There is no such person",
            2_534_029: "The person has blocked you",
          ]
        ),
        (
          mediaClass,
          [
            2_018_008: "The file could not be fetched",
            2_018_047: "The file is not of the kind that was announced",
            2_018_074: "The file is not known or may not be used",
            2_018_109: "The file is too large or not accepted",
            2_018_294: "The film could not be fetched in time",
          ]
        ),
        (permanentClass, [2_534_015: "The message is not valid"]),
        (threadClass, [2_534_037: otherApp.title]),
      ]
    ),
    (
      200,
      [
        (unreachableClass, [1_545_041: "The person is not available, or has blocked you"]),
        (
          credentialsClass,
          [
            2_018_028: "The app is not published: only people with a role in it can be written to",
            2_534_041:
              "The account's owner has switched off access to messages for connected tools",
          ]
        ),
      ]
    ),
  ]
}
