// Plugins that crash or hang in a running host.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Plugin faults", .serialized)
    struct PluginFaults {
        /// A stack of its own, kept running while `body` works on it: its hosts die.
        private func withStack(
            _ macros: [String], _ body: (IntegrationStack) async throws -> Void
        ) async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await FixturePlugin.serve("traps", macros, on: stack)
            try await body(stack)
        }

        private func post(
            _ name: String, to table: String = "traps", key: String = Operation.newKey, on stack: IntegrationStack
        ) async throws -> Answer {
            let body =
                table == "traps"
                ? #"{"name":"\#(name)"}"# : #"{"name":"\#(name)","email":"\#(UUID().uuidString)@example.org"}"#
            // A gateway that dies takes its connections with it; it is back soon.
            let deadline = ContinuousClock.now + .seconds(20)
            while true {
                do {
                    return try await HTTPCalls.write(stack.gateway + "/\(table)", key: key, body)
                } catch {
                    if ContinuousClock.now > deadline { throw error }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }

        @Test(
            "a trap in validate: that request is answered 500, others work; three different ones quarantine the table")
        func trapInValidate() async throws {
            try await withStack(["TRAP_IN_VALIDATE"]) { stack in
                // Retried by `post` until it is answered: the first time kills the gateway.
                let refused = try await post("trap 1", on: stack)
                #expect(refused.status == 500)
                #expect(try refused.json()["type"]?.string == "urn:problem-type:jspg:plugin-crashed")
                let good = try await post("fine", on: stack)
                #expect(good.status == 202)
                _ = try await post("trap 2", on: stack)
                let quarantined = try await post("trap 3", on: stack)
                #expect(quarantined.status == 503)
                #expect(Int(quarantined.header("Retry-After") ?? "") ?? 0 > 30)
                let other = try await post("Ada", to: "users", on: stack)
                #expect(other.status == 202)
                let ended = try await Operation(other).end(on: stack)
                #expect(ended["status"]?.string == "completed")

                let list = try await stack.jspg(["plugin", "list"])
                #expect(list.text.contains("quarantined until"))
                let released = try await stack.jspg(["plugin", "release", "traps"])
                #expect(released.status == 0)
                try await awaiting("the table is not released") {
                    try await post("fine again", on: stack).status == 202
                }
            }
        }

        @Test("an endless loop in validate ends the gateway like a crash, and it comes back")
        func loopInValidate() async throws {
            try await withStack(["LOOP_IN_VALIDATE"]) { stack in
                let refused = try await post("loop", on: stack)
                #expect(refused.status == 500)
                #expect(try refused.json()["type"]?.string == "urn:problem-type:jspg:plugin-crashed")
                let good = try await post("fine", on: stack)
                #expect(good.status == 202)
            }
        }

        @Test("a write that asks PostgreSQL in an endless loop ends the processor like a crash")
        func loopInWrite() async throws {
            try await withStack(["LOOP_IN_WRITE"]) { stack in
                let good = try Operation(try await post("fine", on: stack))
                #expect(try await good.end(on: stack)["status"]?.string == "completed")
                _ = try await post("loop", on: stack)
                try await awaiting("no processor ends for it", within: .seconds(60)) {
                    let folder = Endpoints.pluginState(state: stack.state) + "/crashes"
                    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                        .filter { $0.hasSuffix(".json") }
                    return try files.contains { name in
                        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                        let record = try JSONDocument(parsing: text).root
                        return record["cause"]?.string == "hang" && record["function"]?.string == "write"
                    }
                }
            }
        }

        @Test("a crash while a host loads a file: the file is not tried again, everything else is served")
        func trapInHost() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await FixturePlugin.install("traps.so", ["TRAP_IN_HOST", #"TABLE="traps""#], in: stack)
            let before = try #require(await stack.pid("gateway"))
            kill(before, SIGHUP)
            try await awaiting("the gateway does not crash, or is not started again") {
                guard let now = await stack.pid("gateway") else { return false }
                return now != before
            }
            // A gateway that has just started waits until the processors have told what they apply.
            try await awaiting("the gateway takes no writes") {
                try await post("Ada", to: "users", on: stack).status == 202
            }
            // What the file would have brought is not known: a client that is told 404 would give up.
            let unknown = try await post("fine", on: stack)
            #expect(unknown.status == 503 && unknown.header("Retry-After") != nil)
            #expect(try await HTTPCalls.get(stack.gateway + "/health/ready").status == 200)
            let list = try await stack.jspg(["plugin", "list"])
            #expect(list.text.contains("it is not tried again before the file changes"))
        }
    }
}
