// Which stack, folder and servers a command works on.
import Foundation
import Stack
import Testing

@testable import CLI

@Suite("What a command works on")
struct NamedStackTests {
    private static let exported = [
        "NATS_URL": "nats://production:4222", "PLUGIN_DIR": "/production/plugins", "PLUGIN_STATE": "/production/state",
    ]

    private func state(_ folder: String?) -> StateOption {
        var option = StateOption()
        option.givenFolder = folder
        return option
    }

    private func pluginFolder(_ given: String?, beside state: StateOption) throws -> String {
        var option = PluginFolderOption()
        option.givenPluginDirectory = given
        return try option.path(beside: state, environment: Self.exported)
    }

    private func pluginState(_ given: String?, beside state: StateOption) throws -> String {
        var option = PluginStateOption()
        option.givenPluginState = given
        return try option.path(beside: state, environment: Self.exported)
    }

    @Test("a stack that is named wins over what is exported, and a folder that is named over both")
    func named() throws {
        let folder = NSTemporaryDirectory() + "jspg-named-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // This process looks after it.
        try SupervisorFile(state: folder).write()
        let endpoints = Endpoints(
            urls: ["nats": "nats://127.0.0.1:1"], pluginDirectory: folder + "/plugins", pids: [:])
        try Data(endpoints.json).write(to: URL(filePath: Endpoints.path(state: folder)))

        let named = state(folder)
        #expect(try named.stack(unlessExported: "NATS_URL", in: Self.exported) == endpoints)
        #expect(try pluginFolder(nil, beside: named) == folder + "/plugins")
        #expect(try pluginState(nil, beside: named) == named.path + "/plugin-state")
        #expect(try pluginFolder("/given", beside: named) == "/given")
        #expect(try pluginState("/given", beside: named) == "/given")
    }

    @Test("what is exported wins over a stack that nobody named")
    func exported() throws {
        #expect(try state(nil).stack(unlessExported: "NATS_URL", in: Self.exported) == nil)
        #expect(try pluginFolder(nil, beside: state(nil)) == "/production/plugins")
        #expect(try pluginState(nil, beside: state(nil)) == "/production/state")
    }

    @Test("a stack that is named and does not run is an error, and production is not taken for it")
    func notRunning() {
        let gone = state("/nonexistent/state")
        #expect(throws: CommandFailure.self) { try gone.stack(unlessExported: "NATS_URL", in: Self.exported) }
        #expect(throws: CommandFailure.self) { try pluginFolder(nil, beside: gone) }
        #expect(throws: CommandFailure.self) { try pluginState(nil, beside: gone) }
    }
}
