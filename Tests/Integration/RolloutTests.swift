// A new schema version on several hosts, one after another.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Rollout")
    struct Rollout {
        private func install(_ schemaVersion: Int, on stack: IntegrationStack) async throws {
            try await FixturePlugin.install(
                "rolled.so", [#"TABLE="rolled""#, #"SCHEMA_VERSION="\#(schemaVersion)""#], in: stack)
        }

        /// Has one host look at the plugin folder again, and waits until it has, a processor until its tables are set up.
        private func reload(_ host: String, on stack: IntegrationStack) async throws {
            let pid = try #require(await stack.pid(host), "\(host) does not run")
            // What it notes for `jspg reload`.
            let role = host.hasPrefix("processor") ? "processor" : host
            let file = "\(stack.state)/plugin-state/hosts/\(role)-\(pid).json"
            func note() throws -> JSONValue {
                try JSONDocument(parsing: String(contentsOfFile: file, encoding: .utf8)).root
            }
            let before = try note()["reload"]?.int64 ?? 0
            kill(pid, SIGHUP)
            try await awaiting("\(host) has not looked at the plugin folder") {
                let now = try note()
                let isUnderWay = now["tables"]?.elements.contains { $0["setUp"]?.string == "under way" } ?? true
                return now["reload"]?.int64 ?? 0 > before && !isUnderWay
            }
        }

        /// Waits until the read API serves a schema version: the hosts' agreement comes to it by itself.
        private func awaitServed(_ version: Int64, on stack: IntegrationStack) async throws {
            try await awaiting("schema version \(version) is not in service") {
                try await served(on: stack) == version
            }
        }

        /// The schema version that the read API serves.
        private func served(on stack: IntegrationStack) async throws -> Int64? {
            try await HTTPCalls.get(stack.readAPI + "/tables").json()["tables"]?.elements
                .map { $0 }.first { $0["name"]?.string == "rolled" }?["descriptor"]?["schemaVersion"]?.int64
        }

        private func write(on stack: IntegrationStack) async throws -> Operation {
            try Operation(
                try await HTTPCalls.write(stack.gateway + "/rolled", key: Operation.newKey, #"{"name":"x"}"#))
        }

        @Test("a schema version goes into service when every processor has it, and a processor without it waits")
        func rollout() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await FixturePlugin.serve("rolled", [#"SCHEMA_VERSION="1""#], on: stack)

            try await install(2, on: stack)
            try await reload("gateway", on: stack)
            try await reload("read-api", on: stack)
            #expect(try await served(on: stack) == 1)
            var ended = try await write(on: stack).end(on: stack)
            #expect(ended["status"]?.string == "completed")
            try await reload("processor", on: stack)
            // Time for what must not come.
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await served(on: stack) == 1)
            ended = try await write(on: stack).end(on: stack)
            #expect(ended["status"]?.string == "completed")
            try await reload("processor-2", on: stack)
            try await awaitServed(2, on: stack)
            ended = try await write(on: stack).end(on: stack)
            #expect(ended["status"]?.string == "completed")

            // The processors go back, the gateway does not: what it stores now runs in the generation that they have left.
            try await install(1, on: stack)
            try await reload("processor", on: stack)
            try await reload("processor-2", on: stack)
            ended = try await write(on: stack).end(on: stack)
            #expect(ended["status"]?.string == "completed")

            // Processors that never had it wait, and nothing is lost.
            try await stack.killAndAwaitRestart("processor")
            try await stack.killAndAwaitRestart("processor-2")
            let waiting = try await write(on: stack)
            try await Task.sleep(for: .seconds(2))
            let status = try await HTTPCalls.get(stack.readAPI + waiting.location).json()
            #expect(status["status"]?.string == "queued" || status["status"]?.string == "processing")
            // Those that start now find it delivered already. To wait is no attempt, however often they start.
            try await stack.killAndAwaitRestart("processor")
            try await stack.killAndAwaitRestart("processor-2")
            try await awaiting("they do not wait, or it counts as an attempt") {
                try await stack.rows(
                    "SELECT count(stuck_at) > 0, max(attempts) FROM write_partitions WHERE table_name = 'rolled'")
                    == [["t", "0"]]
            }
            try await install(2, on: stack)
            try await reload("processor", on: stack)
            try await reload("processor-2", on: stack)
            ended = try await waiting.end(on: stack)
            #expect(ended["status"]?.string == "completed")
        }

        @Test("a rollback takes the schema version in service down: a host that still has the newer file waits")
        func rollback() async throws {
            let stack = try await IntegrationStack.start()
            for version in [1, 2] {
                let file = "\(stack.state)/rolled-\(version).so"
                try await FixturePlugin.compile(
                    to: file, [#"TABLE="rolled""#, #"SCHEMA_VERSION="\#(version)""#], in: stack)
                let installed = try await stack.jspg(["plugin", "install", file, "--as", "rolled.so"])
                #expect(installed.status == 0, "\(installed.text)")
                try await awaitServed(Int64(version), on: stack)
            }
            let result = try await stack.jspg(["plugin", "rollback", "rolled"])
            #expect(result.status == 0, "\(result.text)")
            #expect(result.text.contains("rolled: schema version 1 is in service again, it was 2"), "\(result.text)")
            try await awaitServed(1, on: stack)
            var ended = try await write(on: stack).end(on: stack)
            #expect(ended["status"]?.string == "completed")
            // The newer file on one host alone changes nothing.
            try await install(2, on: stack)
            try await reload("gateway", on: stack)
            try await reload("read-api", on: stack)
            #expect(try await served(on: stack) == 1)
            ended = try await write(on: stack).end(on: stack)
            #expect(ended["status"]?.string == "completed")
            let again = try await stack.jspg(["reload"])
            #expect(again.status == 0, "\(again.text)")
            try await awaitServed(2, on: stack)
        }

        @Test("a plugin goes back to before a migration, and processors that start then serve it")
        func rollbackOfMigration() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            let versions = [["VERSION=\"1.0.0\""], ["VERSION=\"1.1.0\"", "SECOND_MIGRATION"]]
            for (number, macros) in versions.enumerated() {
                let file = "\(stack.state)/rolled-\(number).so"
                try await FixturePlugin.compile(to: file, [#"TABLE="rolled""#] + macros, in: stack)
                let installed = try await stack.jspg(["plugin", "install", file, "--as", "rolled.so"])
                #expect(installed.status == 0, "\(installed.text)")
            }
            #expect(try await write(on: stack).end(on: stack)["status"]?.string == "completed")
            let result = try await stack.jspg(["plugin", "rollback", "rolled"])
            #expect(result.status == 0, "\(result.text)")
            #expect(try await write(on: stack).end(on: stack)["status"]?.string == "completed")
            try await stack.killAndAwaitRestart("processor")
            try await stack.killAndAwaitRestart("processor-2")
            #expect(try await write(on: stack).end(on: stack)["status"]?.string == "completed")
        }

        @Test("a plugin whose migration fails is mended by the next file")
        func mended() async throws {
            let stack = try await IntegrationStack.start()
            try await FixturePlugin.install("rolled.so", [#"TABLE="rolled""#, "BROKEN_MIGRATION"], in: stack)
            let broken = try await stack.jspg(["reload"])
            #expect(broken.status == 1 && broken.text.contains("could not be set up"), "\(broken.text)")
            #expect(try await stack.jspg(["plugin", "list"]).text.contains("could not be set up"))
            try await FixturePlugin.awaitTable("rolled", on: stack)
            let waiting = try await write(on: stack)
            #expect(
                try await HTTPCalls.get(stack.readAPI + waiting.location).json()["status"]?.string != "completed")
            try await FixturePlugin.install("rolled.so", [#"TABLE="rolled""#], in: stack)
            let mended = try await stack.jspg(["reload"])
            #expect(mended.status == 0, "\(mended.text)")
            #expect(try await waiting.end(on: stack)["status"]?.string == "completed")
        }
    }
}
