// What it costs to call a plugin, beyond the plugin's own work.
import Logging
import Operations
import PluginHost
import Tables

/// `jspg-bench-plugin-calls FOLDER STATE`: loads the plugin of `noop.c` from FOLDER as a gateway does, breadcrumbs and
/// counters included, and prints nanoseconds a call: medians of rounds that take turns.
@main
struct PluginCallsBenchmark {
    private static let rounds = 15
    private static let calls = 200_000

    static func main() async throws {
        PluginProbe.runIfRequested()
        guard CommandLine.arguments.count == 3 else {
            print("usage: jspg-bench-plugin-calls FOLDER-WITH-noop.so STATE-FOLDER")
            return
        }
        let host = PluginHost(
            configuration: PluginHostConfiguration(
                directory: CommandLine.arguments[1], state: CommandLine.arguments[2]),
            role: .gateway, logger: Logger(label: "bench"))
        _ = await host.start()
        guard let table = host.tables.table("noops") else {
            print("noop.so could not be loaded; see the log above")
            return
        }
        let body = Array(#"{"name":"Ada Lovelace"}"#.utf8)
        let origin = PluginCallOrigin(
            operation: .random(), fingerprint: Fingerprint(method: "POST", path: "/noops", body: body))
        let text: [ColumnValue] = [.text(Array("x".utf8)), .text(Array("Ada Lovelace".utf8))]
        var samples: [String: [Double]] = [:]
        for _ in 0..<rounds {
            samples["validate through the ABI, breadcrumb and counters", default: []].append(
                try measure { try table.measureValidate(body: body, for: origin) })
            samples["typed function through libffi, bool(utf8)", default: []].append(
                try measure { try table.measureChecks(text) })
        }
        for (name, values) in samples.sorted(by: { $0.key < $1.key }) {
            let sorted = values.sorted()
            print("\(name): median \(Int(sorted[rounds / 2])) ns, \(Int(sorted[0])) to \(Int(sorted[rounds - 1]))")
        }
    }

    private static func measure(_ call: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        for _ in 0..<calls { try call() }
        return (ContinuousClock.now - start) / .nanoseconds(calls)
    }
}
