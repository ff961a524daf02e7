// Names that no module of a plugin's package can have.

/// Swift's package manager wants each target's name once in all the packages that one depends on, jspg's own targets and
/// those of what jspg is built from among them.
enum TakenModuleNames {
    static func contains(_ name: String) -> Bool {
        own.contains(name) || ofSwift.contains(name) || ofOthers.contains(name) || name.hasPrefix("NIO")
            || name.hasPrefix("CNIO")
    }

    /// Those of Package.swift but its plugins, since nothing here names a table: `plugin new` finds these in the package
    /// that it is given.
    private static let own: Set<String> = [
        "CBreadcrumbs", "CDC", "CHiredis", "CLI", "CLibFFI", "CLibPQ", "CLinux", "CNATS", "CPluginABI", "Cache",
        "Encodings", "Gateway", "HTTP", "Hosting", "JSON", "JetStream", "Load", "OperationRecords", "Operations",
        "PluginAPI", "PluginCallsBenchmark", "PluginHost", "PluginHosting", "Postgres", "Processor",
        "ReadAPI", "Redis", "Rollout", "Settings", "Stack", "Streams", "Tables", "Telemetry", "TestSupport", "Threads",
    ]

    /// Those that come with Swift on Linux, `lib/swift/linux` of the toolchain, and the C modules behind them: an import
    /// would find the plugin in their place. A list, since an installed tool has no toolchain to look into.
    private static let ofSwift: Set<String> = [
        "Builtin", "CDispatch", "CUUID", "CoreFoundation", "Cxx", "CxxShim", "CxxStdlib", "CxxStdlibShim", "Dispatch",
        "DispatchIntrospection", "Distributed", "Foundation", "FoundationEssentials",
        "FoundationInternationalization", "FoundationNetworking", "FoundationXML", "Glibc", "Observation",
        "RegexBuilder", "Runtime", "Swift", "SwiftGlibc", "SwiftOnoneSupport", "SwiftOverlayShims", "SwiftShims",
        "Synchronization", "Testing", "XCTest",
    ]

    /// Those of the packages in Package.resolved. A newer version of one may have others.
    private static let ofOthers: Set<String> = [
        "Algorithms", "ArgumentParser", "ArgumentParserToolInfo", "AsyncAlgorithms", "AsyncHTTPClient",
        "AsyncSequenceValidation", "AsyncStreaming", "Atomics", "BasicContainers", "BitCollections",
        "CAsyncHTTPClient", "CCryptoBoringSSL", "CCryptoBoringSSLShims", "CSystem", "CXKCP", "CXKCPShims",
        "Collections", "ComplexModule", "ConcurrencyHelpers", "Configuration", "ConfigurationTesting",
        "ConfigurationTestingInternal", "ContainersPreview", "CoreMetrics", "Crypto", "CryptoBoringWrapper",
        "CryptoExtras", "DequeModule", "HTTPTypes", "HTTPTypesFoundation", "HashTreeCollections", "HeapModule",
        "Histogram", "Hummingbird", "HummingbirdCore", "HummingbirdHTTP2", "HummingbirdRouter", "HummingbirdTLS",
        "HummingbirdTesting", "InMemoryLogging", "InMemoryTracing", "Instrumentation", "InstrumentationBaggage",
        "InternalCollectionsUtilities", "Logging", "Metrics", "MetricsTestKit", "Numerics", "OrderedCollections",
        "RawStructuredFieldValues", "RealModule", "ServiceContextModule", "ServiceContextModuleCompatibility",
        "ServiceLifecycle", "ServiceLifecycleTestKit", "SortedCollections", "StructuredFieldValues", "SwiftASN1",
        "SystemPackage", "Tracing", "TrailingElementsModule", "UnixSignals", "X509",
    ]
}
