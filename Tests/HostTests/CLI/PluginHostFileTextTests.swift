// What the tool makes of what hosts tell it.
import Testing

@testable import CLI
@testable import PluginHost

@Suite("Outcomes of a reload")
struct PluginHostFileTextTests {
    private func table(_ file: String, isWaiting: Bool) -> PluginHostFile.Table {
        PluginHostFile.Table(
            name: "things", plugin: "Things", version: "1.0.0", generation: 1, file: file, checksum: "",
            isWaiting: isWaiting)
    }

    private func text(_ outcome: String, reason: String? = nil, _ tables: [PluginHostFile.Table]) -> String {
        PluginHostFile.text(
            of: PluginHostFile.Outcome(file: "things.so", outcome: outcome, reason: reason), among: tables)
    }

    @Test("a file whose table waits for processors is loaded, and not in service")
    func waiting() {
        let tables = [table("things.so", isWaiting: false), table("things.so", isWaiting: true)]
        #expect(text("replaced", tables) == "loaded, waits until every processor has it")
        #expect(text("unchanged", tables) == "loaded, waits until every processor has it")
    }

    @Test("everything else is as the host said")
    func others() {
        let tables = [table("things.so", isWaiting: false), table("others.so", isWaiting: true)]
        #expect(text("replaced", tables) == "replaced")
        #expect(text("failed", reason: "no", [table("things.so", isWaiting: true)]) == "failed")
    }
}
