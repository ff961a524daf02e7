// What a process notes of the plugins that it calls.
import CBreadcrumbs
import Testing

@testable import PluginHost

@Suite("Breadcrumbs")
struct BreadcrumbTests {
    @Test("a generation that is named again, as by a file that each reload refuses, takes no second entry")
    func entries() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        _ = await plugins.host.start()
        func entry(_ table: String, _ file: String) -> UInt32 {
            plugins.host.faults.calls(hash: "breadcrumbs", table: table, file: file, counters: PluginCallCounters())
                .entry
        }
        let first = entry("a", "a.so")
        #expect(entry("b", "a.so") != first && entry("a", "b.so") != first)
        #expect(entry("a", "a.so") == first)
    }

    @Test("a callback is told from the plugin's own code, and belongs to the same call; the next call is another one")
    func callbacks() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        _ = await plugins.host.start()
        let calls = plugins.host.faults.calls(
            hash: "callbacks", table: "a", file: "a.so", counters: PluginCallCounters())
        let seen = calls.during(.write, for: .host) {
            [Self.look(), PluginCalls.inHost { Self.look() }, Self.look()].compactMap { $0 }
        }
        #expect(seen.map(\.state) == [BREADCRUMB_IN_PLUGIN, BREADCRUMB_IN_HOST, BREADCRUMB_IN_PLUGIN])
        let first = try #require(seen.first)
        #expect(seen.map(\.call) == [first.call, first.call, first.call])
        #expect(seen.map(\.callbacks) == [first.callbacks, first.callbacks + 1, first.callbacks + 1])

        // What a function of the host does outside of a call leaves no trace that would be taken for one.
        let outside = PluginCalls.inHost { Self.look() }
        let after = Self.look()
        #expect(outside == nil && after == nil)
        let again = calls.during(.write, for: .host) { Self.look() }
        let next = try #require(again)
        #expect(next.slot == first.slot && next.call == first.call + 1)
    }

    private struct Sight: Equatable {
        let slot: UnsafeMutablePointer<breadcrumb>
        let call: UInt64
        let callbacks: UInt64
        let state: Int32
    }

    /// What another thread would see of this one's call.
    private static func look() -> Sight? {
        guard let slot = breadcrumb_current() else { return nil }
        return Sight(
            slot: slot, call: breadcrumb_call(slot), callbacks: breadcrumb_callbacks(slot),
            state: breadcrumb_state(slot))
    }
}
