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

            func write(_ table: String = "stamps", on stack: IntegrationStack) async {
                while !isStopped {
                    await note("POST") {
                        let body = table == "users" ? Bodies.user() : #"{"name":"x"}"#
                        let answer = try await HTTPCalls.write(
                            stack.gateway + "/\(table)", key: Operation.newKey, body)
                        guard answer.status == 202 else { throw StackError("\(answer.status) \(answer.text)") }
                        let operation = try Operation(answer)
                        state.withLock { $0.operations.append(operation) }
                    }
                }
            }

            func read(_ table: String = "stamps", on stack: IntegrationStack) async {
                while !isStopped {
                    await note("GET") {
                        let answer = try await HTTPCalls.get(stack.readAPI + "/\(table)?limit=10")
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
        }

        /// Resident memory of the hosts, in KB.
        private func memory(of stack: IntegrationStack) async throws -> [String: Int] {
            var memory: [String: Int] = [:]
            for name in ["gateway", "processor", "processor-2", "read-api"] {
                memory[name] = try await stack.residentKilobytes(of: name)
            }
            return memory
        }

        @Test(
            "a hundred reloads that alternate two builds of Users under load: no request fails, no write is lost, memory does not follow"
        )
        func users() async throws {
            let stack = try await IntegrationStack.start()
            let file = "\(stack.endpoints.pluginDirectory)/users.so"
            let build = try Data(contentsOf: URL(filePath: file))
            // What follows the segments is no part of the image, but of the hash.
            let builds = [build, build + Data([1])]
            let clients = Clients()
            var before: [String: Int] = [:]
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<6 { group.addTask { await clients.write("users", on: stack) } }
                for _ in 0..<3 { group.addTask { await clients.read("users", on: stack) } }
                for number in 1...110 {
                    // The first ones, in which the load itself makes the hosts grow, are not counted.
                    if number == 11 { before = try await memory(of: stack) }
                    try builds[number % 2].write(to: URL(filePath: file + ".new"))
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file + ".new")
                    rename(file + ".new", file)
                    let result = try await stack.jspg(["reload"])
                    #expect(result.status == 0, "\(result.text)")
                }
                clients.stop()
            }
            let after = try await memory(of: stack)
            for (host, kilobytes) in before {
                let growth = Double((after[host] ?? .max) - kilobytes) / 100
                print("memory of \(host): \(kilobytes) KB, \(growth) KB more with each reload")
                #expect(growth < 100)
            }
            #expect(clients.failures.isEmpty, "\(clients.failures.prefix(3))")
            #expect(clients.operations.count > 100)
            for operation in clients.operations {
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
            let rows = try await stack.rows("SELECT count(*) FROM users")
            #expect(Int(rows[0][0]) == clients.operations.count)
        }
    }
}
