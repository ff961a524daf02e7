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

        private func reload(_ host: String, on stack: IntegrationStack) async throws {
            if let pid = await stack.pid(host) { kill(pid, SIGHUP) }
            try await Task.sleep(for: .milliseconds(800))
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
            try await install(1, on: stack)
            try await FixturePlugin.reload(stack)
            try await FixturePlugin.awaitTable("rolled", on: stack)
            try await Task.sleep(for: .seconds(1))

            try await install(2, on: stack)
            try await reload("gateway", on: stack)
            try await reload("read-api", on: stack)
            #expect(try await served(on: stack) == 1)
            var ended = try await write(on: stack).end(on: stack)
            #expect(ended["status"]?.string == "completed")
            try await reload("processor", on: stack)
            #expect(try await served(on: stack) == 1)
            ended = try await write(on: stack).end(on: stack)
            #expect(ended["status"]?.string == "completed")
            try await reload("processor-2", on: stack)
            #expect(try await served(on: stack) == 2)
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
            try await Task.sleep(for: .seconds(2))
            let attempts = try await stack.rows(
                "SELECT count(stuck_at) > 0, max(attempts) FROM write_partitions WHERE table_name = 'rolled'")
            #expect(attempts == [["t", "0"]], "\(attempts)")
            try await install(2, on: stack)
            try await reload("processor", on: stack)
            try await reload("processor-2", on: stack)
            ended = try await waiting.end(on: stack)
            #expect(ended["status"]?.string == "completed")
            await stack.stack.stop()
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
                try await Task.sleep(for: .milliseconds(800))
                #expect(try await served(on: stack) == Int64(version))
            }
            let result = try await stack.jspg(["plugin", "rollback", "rolled"])
            #expect(result.status == 0, "\(result.text)")
            #expect(result.text.contains("rolled: schema version 1 is in service again, it was 2"), "\(result.text)")
            #expect(try await served(on: stack) == 1)
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
            try await Task.sleep(for: .milliseconds(800))
            #expect(try await served(on: stack) == 2)
            await stack.stack.stop()
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
            await stack.stack.stop()
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
            await stack.stack.stop()
        }
    }
}
