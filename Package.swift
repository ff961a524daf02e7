// swift-tools-version: 6.2
import PackageDescription

/// Settings that every Swift target shares: the language mode is Swift 6 already (tools version),
/// these are the upcoming features that the house style asks for.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Products of packages that this one depends on, by the name that the code imports.
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let serviceLifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration: Target.Dependency = .product(
    name: "Configuration", package: "swift-configuration")
let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let asyncHTTPClient: Target.Dependency = .product(
    name: "AsyncHTTPClient", package: "async-http-client")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

/// A module of the hosts. None of them knows a table.
func host(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Host/\(name)")
}

/// One of the executables; the product carries the name that a user types.
func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Sources/Host/\(name)")
}

/// A C library of the system: a module map and a shim header, nothing else.
func cLibrary(_ name: String, pkgConfig: String?, debian: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/Host/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])])
}

/// A table: a dynamic library that the hosts load at run time and that nothing links.
func plugin(_ name: String) -> Target {
    .target(name: name, dependencies: ["PluginAPI"], path: "Plugins/\(name)")
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)", exclude: exclude)
}

let package = Package(
    name: "jspg",
    products: [
        .executable(name: "jspg-gateway", targets: ["Gateway"]),
        .executable(name: "jspg-processor", targets: ["Processor"]),
        .executable(name: "jspg-read-api", targets: ["ReadAPI"]),
        .executable(name: "jspg-cdc", targets: ["CDC"]),
        .executable(name: "jspg", targets: ["CLI"]),
        .library(name: "Users", type: .dynamic, targets: ["Users"]),
        .library(name: "Orders", type: .dynamic, targets: ["Orders"]),
        .library(name: "PluginAPI", targets: ["PluginAPI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The contract between hosts and plugins: one C header, no code.
        .systemLibrary(name: "CPluginABI", path: "Sources/PluginAPI/include"),
        .target(
            name: "PluginAPI", dependencies: ["CPluginABI"], path: "Sources/PluginAPI",
            exclude: ["include", "jspg.map"],
            linkerSettings: [
                // A plugin exports its entry and nothing else.
                .unsafeFlags([
                    "-Xlinker",
                    "--version-script=\(Context.packageDirectory)/Sources/PluginAPI/jspg.map",
                ])
            ]),
        plugin("Users"),
        plugin("Orders"),

        cLibrary("CLibPQ", pkgConfig: "libpq", debian: "libpq-dev"),
        // Without pkg-config: its file has a flag that SwiftPM refuses, and the headers are where they always are.
        cLibrary("CHiredis", pkgConfig: nil, debian: "libhiredis-dev"),
        cLibrary("CNATS", pkgConfig: "libnats", debian: "libnats-dev"),
        cLibrary("CLibFFI", pkgConfig: "libffi", debian: "libffi-dev"),

        // What a signal handler may touch, which is nothing of Swift's.
        .target(name: "CBreadcrumbs", path: "Sources/Host/CBreadcrumbs"),

        // Variadic and GNU-only calls of Linux.
        .systemLibrary(name: "CLinux", path: "Sources/Host/CLinux"),

        host("Threads"),
        host("Encodings"),
        host("JSON", ["Encodings"]),
        host("Operations", ["Encodings", "JSON", crypto]),
        host("Tables", ["JSON", "Operations"]),
        host("Postgres", ["CLibPQ", "Encodings", "Threads", crypto, logging]),
        host("OperationRecords", ["JSON", "Operations", "Postgres"]),
        host("JetStream", ["CNATS", "Encodings", "JSON", "Threads", logging]),
        host("Streams", ["JetStream", "Operations", "Settings", "Threads", logging, serviceLifecycle]),
        host("Redis", ["CHiredis", "Encodings", logging, nioCore, nioPosix]),
        host("Cache", ["JSON", "Operations", "Redis", logging]),
        host(
            "PluginHost",
            [
                "CBreadcrumbs", "CLibFFI", "CLinux", "CPluginABI", "Encodings", "JSON", "Operations", "Tables",
                "Telemetry",
                "Threads", crypto, logging, serviceLifecycle,
            ]),
        host("Rollout", ["JSON", "JetStream", "Operations", "PluginHost", logging, serviceLifecycle]),
        host("PluginHosting", ["Hosting", "JetStream", "PluginHost", "Rollout", "Settings", "Telemetry", logging]),
        host("Telemetry", ["JSON", "Threads", logging]),
        host("Settings", ["Telemetry", "Threads", configuration, logging]),
        host("Hosting", ["JetStream", "Streams", "Telemetry", logging, serviceLifecycle, unixSignals]),
        host(
            "HTTP",
            [
                "Hosting", "JSON", "Operations", "Tables", "Telemetry", hummingbird, httpTypes, logging, nioCore,
                nioHTTP1, nioHTTPTypes, serviceLifecycle, unixSignals,
            ]),
        host("Load", ["Encodings", "JSON", histogram, nioCore, nioPosix]),
        host("Stack", ["CLinux", "JSON", "Operations", "Postgres", "Threads", logging]),

        executable(
            "Gateway",
            [
                "Encodings", "Hosting", "HTTP", "JSON", "JetStream", "Operations", "PluginHost", "PluginHosting",
                "Rollout",
                "Settings", "Streams", "Tables", "Telemetry", "Threads", hummingbird, httpTypes, logging, nioCore,
                nioHTTP1, nioHTTPTypes, nioPosix, serviceLifecycle, unixSignals,
            ]),
        executable(
            "Processor",
            [
                "Cache", "Hosting", "HTTP", "JSON", "JetStream", "OperationRecords", "Operations", "PluginHost",
                "PluginHosting",
                "Postgres", "Redis", "Rollout", "Settings", "Streams", "Tables", "Telemetry", "Threads", hummingbird,
                logging, serviceLifecycle, unixSignals,
            ]),
        executable(
            "ReadAPI",
            [
                "Cache", "Encodings", "Hosting", "HTTP", "JSON", "JetStream", "OperationRecords", "Operations",
                "PluginHost",
                "PluginHosting",
                "Postgres", "Redis", "Rollout", "Settings", "Streams", "Tables", "Telemetry", "Threads", crypto,
                hummingbird, httpTypes, logging, nioCore, nioHTTP1, serviceLifecycle, unixSignals,
            ]),
        executable(
            "CDC",
            [
                "Hosting", "HTTP", "JSON", "JetStream", "Operations", "Postgres", "Settings", "Streams", "Telemetry",
                hummingbird, logging, serviceLifecycle,
            ]),
        executable(
            "CLI",
            [
                "CLinux", "Cache", "JSON", "JetStream", "Load", "Operations", "PluginHost", "Postgres", "Redis",
                "Rollout", "Settings", "Stack", "Streams", "Tables", "Telemetry", "Threads", argumentParser, logging,
                unixSignals,
            ]),

        .executableTarget(
            name: "PluginCallsBenchmark",
            dependencies: ["CLibFFI", "JSON", "Operations", "PluginHost", "Tables", logging],
            path: "Benchmarks/PluginCalls", exclude: ["noop.c"]),

        .target(name: "TestSupport", path: "Tests/TestSupport"),
        tests("EncodingsTests", ["Encodings"]),
        tests("JSONTests", ["JSON"]),
        tests("LoadTests", ["Load", "JSON", nioCore]),
        tests("OperationsTests", ["Operations", "JSON"]),
        tests("TablesTests", ["Tables", "JSON", "Operations"]),
        tests("PostgresTests", ["Postgres", "Stack", logging]),
        tests("JetStreamTests", ["Hosting", "JetStream", "JSON", "Stack", logging]),
        tests("RedisTests", ["Redis", "Cache", "Operations", "JSON", "Stack", logging, nioCore, nioPosix]),
        tests("PluginAPITests", ["CPluginABI", "PluginAPI"]),
        tests(
            "PluginHostTests",
            [
                "PluginHost", "CBreadcrumbs", "CPluginABI", "JSON", "Operations", "Tables", "Telemetry", "Stack",
                logging,
            ]),
        tests(
            "HostTests",
            [
                "CDC", "Gateway", "Processor", "ReadAPI", "CLI", "HTTP", "Settings", "Telemetry", "Cache", "JSON",
                "JetStream", "Operations", "PluginHost", "Postgres", "Streams", "Tables", "Stack", httpTypes,
                hummingbird, logging, nioCore, nioEmbedded, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1,
                serviceLifecycle,
            ]),
        tests("Simulation", ["Cache", "CDC", "Gateway", "Operations", "PluginHost", "Processor", "Rollout"]),
        tests(
            "Integration",
            [
                "Stack", "JSON", "JetStream", "Operations", "Postgres", "Redis", asyncHTTPClient, nioCore, nioHTTP1,
                nioPosix, logging,
            ]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
