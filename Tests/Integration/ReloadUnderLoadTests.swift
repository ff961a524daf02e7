// Reloading while clients write and read.
import Foundation
import JSON
import Stack
import Synchronization
import Testing

extension Integration {
    @Suite("Reload under load")
    struct ReloadUnderLoad {
        /// What the clients have seen.
        private final class Clients: Sendable {
            private struct State {
                var operations: [Operation] = []
                var failures: [String] = []
                var isStopped = false
            }

            private let state = Mutex(State())

            /// Also when the test has failed: its group is cancelled then.
            var isStopped: Bool { Task.isCancelled || state.withLock(\.isStopped) }
            var operations: [Operation] { state.withLock(\.operations) }
            var failures: [String] { state.withLock(\.failures) }

            func stop() { state.withLock { $0.isStopped = true } }

            func write(on stack: IntegrationStack) async {
                while !isStopped {
                    await note("POST") {
                        let answer = try await HTTPCalls.write(
                            stack.gateway + "/stamps", key: Operation.newKey, #"{"name":"x"}"#)
                        guard answer.status == 202 else { throw StackError("\(answer.status) \(answer.text)") }
                        let operation = try Operation(answer)
                        state.withLock { $0.operations.append(operation) }
                    }
                }
            }

            func read(on stack: IntegrationStack) async {
                while !isStopped {
                    await note("GET") {
                        let answer = try await HTTPCalls.get(stack.readAPI + "/stamps?limit=10")
                        guard answer.status == 200 else { throw StackError("\(answer.status) \(answer.text)") }
                    }
                }
            }

            private func note(_ what: String, _ call: () async throws -> Void) async {
                do {
                    try await call()
                } catch {
                    state.withLock { $0.failures.append("\(what): \(error)") }
                }
            }
        }

        /// Reloads until every host has the version.
        private func reload(to version: String, on stack: IntegrationStack) async throws {
            let result = try await stack.jspg(["reload"])
            #expect(result.status == 0, "\(result.text)")
            let list = try await stack.jspg(["plugin", "list"])
            let rows = list.text.split(separator: "\n").filter { $0.contains(" stamps ") }
            #expect(rows.count >= 3 && rows.allSatisfy { $0.contains(" \(version) ") }, "\(list.text)")
        }

        @Test(
            "thirty reloads that alternate two builds, and one of a file overwritten in place: no request fails, no write is lost or done twice"
        )
        func alternate() async throws {
            let stack = try await IntegrationStack.start()
            let file = "\(stack.endpoints.pluginDirectory)/stamps.so"
            let builds = ["1.0.0", "1.0.1", "1.0.2"].map { (version: $0, path: "\(stack.state)/stamps-\($0).so") }
            for build in builds {
                try await FixturePlugin.compile(
                    to: build.path, ["STAMP_VERSION", #"TABLE="stamps""#, #"VERSION="\#(build.version)""#], in: stack)
            }
            let first = try await stack.jspg(["plugin", "install", builds[0].path, "--as", "stamps.so"])
            #expect(first.status == 0, "\(first.text)")
            let clients = Clients()
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<6 { group.addTask { await clients.write(on: stack) } }
                for _ in 0..<3 { group.addTask { await clients.read(on: stack) } }
                for number in 1...30 {
                    let build = builds[number % 2]
                    try FileManager.default.copyItem(atPath: build.path, toPath: file + ".new")
                    rename(file + ".new", file)
                    try await reload(to: build.version, on: stack)
                }
                // `cp` over the file in place: nothing happens until the reload.
                let content = try Data(contentsOf: URL(filePath: builds[2].path))
                let handle = try #require(FileHandle(forWritingAtPath: file))
                for start in stride(from: 0, to: content.count, by: 4_096) {
                    try handle.write(contentsOf: content[start..<min(start + 4_096, content.count)])
                    try await Task.sleep(for: .milliseconds(20))
                }
                try handle.truncate(atOffset: UInt64(content.count))
                try handle.close()
                try await Task.sleep(for: .milliseconds(500))
                let list = try await stack.jspg(["plugin", "list"])
                #expect(list.text.contains(" 1.0.0 ") && !list.text.contains(" 1.0.2 "))
                try await reload(to: "1.0.2", on: stack)
                try await Task.sleep(for: .milliseconds(300))
                clients.stop()
            }
            #expect(clients.failures.isEmpty)
            let operations = clients.operations
            for operation in operations {
                let status = try await operation.end(on: stack)
                #expect(status["status"]?.string == "completed")
            }
            let rows = try await stack.rows("SELECT version, count(*) FROM stamps GROUP BY 1 ORDER BY 1")
            #expect(rows.map { $0[0] } == ["1.0.0", "1.0.1", "1.0.2"])
            #expect(rows.compactMap { Int($0[1]) }.reduce(0, +) == operations.count)
            await stack.stack.stop()
        }
    }
}
