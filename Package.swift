// swift-tools-version: 6.2
// Trunkline needs no Swift packages: the toolchain, and the system libraries of Config/packages.txt.
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "trunkline",
  products: [
    .executable(name: "trunkline", targets: ["trunkline"]),
    .executable(name: "trunkline-bench", targets: ["trunkline-bench"]),
  ],
  targets: [
    .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd"),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3"),
    .systemLibrary(name: "CLinux"),
    .target(
      name: "Gateway",
      dependencies: ["CMicrohttpd", "CCurl", "COpenSSL", "CSQLite", "CLinux"],
      exclude: ["Instagram", "Messenger", "Telegram", "Twilio", "WhatsAppCloud"].map {
        "Providers/\($0)/README.md"
      },
      swiftSettings: strict),
    .target(name: "Simulator", dependencies: ["Gateway", "COpenSSL"], swiftSettings: strict),
    .executableTarget(
      name: "trunkline", dependencies: ["Gateway", "Simulator"], swiftSettings: strict),
    .executableTarget(
      name: "trunkline-bench", dependencies: ["Gateway", "Simulator", "CSQLite", "CLinux"],
      swiftSettings: strict),
    .testTarget(
      name: "GatewayTests", dependencies: ["Gateway", "Simulator", "CLinux"],
      exclude: ["Edge/Explanations"],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["Gateway", "Simulator", "trunkline", "CLinux"],
      swiftSettings: strict),
  ]
)
