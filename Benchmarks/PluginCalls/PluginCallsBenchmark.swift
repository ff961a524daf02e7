// What it costs to call a plugin, beyond the plugin's own work.
import CLibFFI
import Glibc
import JSON
import Logging
import Operations
import PluginHost
import Tables

/// `PluginCallsBenchmark FOLDER STATE`: loads the plugin of `noop.c` from FOLDER as a gateway does, breadcrumbs and
/// counters included, and prints nanoseconds a call as JSON: medians of rounds that take turns, beside the same C function
/// called directly and through libffi alone. `make bench` runs it.
@main
struct PluginCallsBenchmark {
    private static let rounds = 15
    private static let calls = 200_000

    private typealias Check = @convention(c) (UnsafePointer<CChar>?, Int) -> Bool

    static func main() async throws {
        PluginProbe.runIfRequested()
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            print("usage: PluginCallsBenchmark FOLDER-WITH-noop.so STATE-FOLDER")
            exit(2)
        }
        let host = PluginHost(
            configuration: PluginHostConfiguration(directory: arguments[1], state: arguments[2]),
            role: .gateway, logger: Logger(label: "bench"))
        _ = await host.start()
        guard let table = host.tables.table("noops"), let address = function("jspg_fn_yes", in: arguments[1]) else {
            print("noop.so could not be loaded; see the log above")
            exit(1)
        }
        var writer = JSONWriter()
        writer.beginObject()
        for (name, times) in try measure(table, address).sorted(by: { $0.key < $1.key }) {
            writer.name(name)
            writer.number(times.sorted()[rounds / 2])
        }
        writer.endObject()
        print(String(decoding: writer.bytes, as: UTF8.self))
    }

    /// Rounds that take turns; nanoseconds a call, by what is called.
    private static func measure(
        _ table: LoadedTable, _ address: UnsafeMutableRawPointer
    ) throws -> [String: [Double]] {
        let body = Array(#"{"name":"Ada Lovelace"}"#.utf8)
        let origin = PluginCallOrigin(
            operation: .random(), fingerprint: Fingerprint(method: "POST", path: "/noops", body: body))
        let text: [ColumnValue] = [.text(Array("x".utf8)), .text(Array("Ada Lovelace".utf8))]
        let direct = unsafeBitCast(address, to: Check.self)
        let libffi = ForeignCheck(address)
        var samples: [String: [Double]] = [:]
        for _ in 0..<rounds {
            samples["direct call", default: []].append(time { _ = direct(nil, 0) })
            samples["libffi alone, bool(utf8)", default: []].append(time { libffi.call() })
            samples["validate through the ABI, breadcrumb and counters", default: []].append(
                try time { try table.measureValidate(body: body, for: origin) })
            samples["typed function through libffi, bool(utf8)", default: []].append(
                try time { try table.measureChecks(text) })
        }
        return samples
    }

    private static func time(_ call: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        for _ in 0..<calls { try call() }
        return (ContinuousClock.now - start) / .nanoseconds(calls)
    }

    /// The host maps a copy of its own; this is another one.
    private static func function(_ name: String, in folder: String) -> UnsafeMutableRawPointer? {
        dlopen("\(folder)/noop.so", RTLD_NOW | RTLD_LOCAL).flatMap { dlsym($0, name) }
    }
}
