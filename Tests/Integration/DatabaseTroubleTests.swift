// PostgreSQL that runs and takes no writes, or not these, for a while.
import Foundation
import JSON
import Logging
import Operations
import Postgres
import Stack
import Testing

extension Integration {
    @Suite("PostgreSQL in trouble", .serialized)
    struct DatabaseTrouble {
        /// A stack whose one processor has a database user of its own, so that a test can get in the way of it alone.
        private struct Servers: Sendable {
            let stack: IntegrationStack
            /// Of the processor's HTTP server.
            let processor: String
        }

        /// For all tests here: detached, so that it does not end with the first.
        private static let starting = Task.detached { try await start() }

        private static func start() async throws -> Servers {
            let stack = try await IntegrationStack.start()
            for name in ["processor", "processor-2"] {
                let pid = try #require(await stack.pid(name))
                kill(pid, SIGKILL)
            }
            // Who may do all that the stack's user may, except what a superuser alone may.
            try await stack.rows("CREATE ROLE worker LOGIN PASSWORD 'worker' IN ROLE jetstream")
            let database = stack.database.replacingOccurrences(of: "jetstream:jetstream@", with: "worker:worker@")
            let processor = try await stack.start("jspg-processor", environment: ["DATABASE_URL": database])
            return Servers(stack: stack, processor: processor.url)
        }

        private func write(_ body: String = Bodies.user(), on stack: IntegrationStack) async throws -> Operation {
            try Operation(try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, body))
        }

        /// Ends the processor's sessions: what is set for its user holds for new ones.
        private func endSessions(on stack: IntegrationStack) async throws {
            try await stack.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'worker'")
        }

        /// Changes a setting of the server, for every session.
        private func configure(_ setting: String, on stack: IntegrationStack) async throws {
            try await stack.rows("ALTER SYSTEM \(setting)")
            try await stack.rows("SELECT pg_reload_conf()")
        }

        /// Runs statements when the test is over, also where it fails: the others have the same servers.
        private func undo(_ statements: [String], on stack: IntegrationStack) {
            Teardown.current?.add { _ in
                for statement in statements { _ = try? await stack.rows(statement) }
            }
        }

        /// How often the processor has tried something again.
        private func retries(of servers: Servers) async throws -> Double {
            let text = try await HTTPCalls.get(servers.processor + "/metrics").text
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("jspg_processor_retries_total ") })
            return try #require(Double(line.split(separator: " ")[1]))
        }

        private func expectNoDeadLetters(on stack: IntegrationStack) async throws {
            let list = try await stack.jspg(["dlq", "list"])
            #expect(list.text.contains("There are no dead letters."), "\(list.text)")
        }

        /// Writes while PostgreSQL takes nothing from the processor: all are accepted, the processor says that it waits,
        /// and all complete, each once, when that is over.
        private func outage(
            on servers: Servers, begin: () async throws -> Void, end: () async throws -> Void
        ) async throws {
            let stack = servers.stack
            // Nothing is in hand when it begins.
            let before = try await write(on: stack)
            #expect(try await before.end(on: stack)["status"]?.string == "completed")
            var operations: [Operation] = []
            do {
                try await begin()
                for _ in 0..<20 { operations.append(try await write(on: stack)) }
                try await awaiting("the processor does not say that it waits") {
                    let health = try await HTTPCalls.get(servers.processor + "/health")
                    return try health.status == 503 && health.json()["postgres"]?.bool == false
                }
                let ids = operations.map { "'\($0.id)'" }.joined(separator: ",")
                let ended = try await stack.rows(
                    "SELECT count(*) FROM write_operations WHERE operation_id IN (\(ids))")
                #expect(ended == [["0"]])
            } catch {
                try await end()
                throw error
            }
            try await end()
            for operation in operations {
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
            let entities = operations.map { "'\($0.entityID)'" }.joined(separator: ",")
            let written = try await stack.rows("SELECT count(*) FROM users WHERE user_id IN (\(entities))")
            #expect(written == [[String(operations.count)]])
            try await awaiting("the processor does not say that it is well again") {
                let health = try await HTTPCalls.get(servers.processor + "/health")
                return try health.status == 200 && health.json()["postgres"]?.bool == true
            }
            try await expectNoDeadLetters(on: stack)
        }

        @Test("read-only: writes are accepted and wait, also in sessions that were there before, and then complete")
        func readOnly() async throws {
            let servers = try await Self.starting.value
            let stack = servers.stack
            try await outage(on: servers) {
                try await configure("SET default_transaction_read_only = on", on: stack)
                try await awaiting("PostgreSQL has not read its settings again") {
                    try await stack.rows("SHOW default_transaction_read_only") == [["on"]]
                }
            } end: {
                try await configure("RESET default_transaction_read_only", on: stack)
            }
        }

        @Test("no connection is left for the processor: writes are accepted and wait, and then complete")
        func noConnection() async throws {
            let servers = try await Self.starting.value
            let stack = servers.stack
            try await outage(on: servers) {
                // Refused with the same code as where all of max_connections are taken, 53300.
                try await stack.rows("ALTER ROLE worker CONNECTION LIMIT 0")
                try await awaiting("the processor's sessions do not end") {
                    try await endSessions(on: stack)
                    return try await stack.rows("SELECT count(*) FROM pg_stat_activity WHERE usename = 'worker'")
                        == [["0"]]
                }
            } end: {
                try await stack.rows("ALTER ROLE worker CONNECTION LIMIT -1")
            }
        }

        @Test("a deadlock with somebody else's session: the write is tried again and takes effect once")
        func deadlock() async throws {
            let servers = try await Self.starting.value
            let stack = servers.stack
            let made = try await write(Bodies.user("before"), on: stack)
            #expect(try await made.end(on: stack)["status"]?.string == "completed")
            let id = made.entityID
            undo(
                [
                    "DROP TRIGGER IF EXISTS note_change ON users", "DROP FUNCTION IF EXISTS note_change",
                    "DROP TABLE IF EXISTS changes_of_users", "ALTER SYSTEM RESET deadlock_timeout",
                    "SELECT pg_reload_conf()",
                ], on: stack)
            // Counts what really happens to a row.
            try await stack.rows("CREATE TABLE changes_of_users (name text)")
            try await stack.rows(
                """
                CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO changes_of_users VALUES (NEW.name); RETURN NULL; END'
                """)
            try await stack.rows(
                "CREATE TRIGGER note_change AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION note_change()")
            // The processor waits first and so looks for a deadlock first: late enough for the other session to have made it.
            try await configure("SET deadlock_timeout = '2s'", on: stack)
            let other = try await PostgresConnection.connect(
                PostgresConfiguration(url: stack.database, applicationName: "other"), logger: Logger(label: "tests"))
            Teardown.current?.add { _ in await other.close() }
            try await other.run { connection in
                try connection.query("SET deadlock_timeout = '1min'")
                try connection.query("BEGIN")
                try connection.query("SELECT 1 FROM users WHERE user_id = '\(id)' FOR UPDATE")
            }
            let before = try await retries(of: servers)
            let update = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users/\(id)", method: "PATCH", key: Operation.newKey, #"{"name":"after"}"#))
            try await awaiting("the processor does not wait for the row") {
                try await stack.rows(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename = 'worker' AND wait_event_type = 'Lock'")
                    != [["0"]]
            }
            let partition = Partition.of(entityID: id)
            try await other.run { connection in
                // The processor holds this until its transaction is ended.
                try connection.query(
                    "SELECT 1 FROM write_partitions WHERE table_name = 'users' AND partition = \(partition) FOR UPDATE")
                try connection.query("COMMIT")
            }
            await other.close()
            #expect(try await update.end(on: stack)["status"]?.string == "completed")
            #expect(try await retries(of: servers) > before)
            #expect(try await stack.rows("SELECT name FROM changes_of_users") == [["after"]])
            let recorded = try await stack.rows(
                "SELECT kind, status FROM write_operations WHERE entity_id = '\(id)' ORDER BY stream_sequence")
            #expect(recorded == [["create", "completed"], ["update", "completed"]])
            try await expectNoDeadLetters(on: stack)
        }

        @Test("a lock that outlasts lock_timeout, with five processors: the writes wait, and none is taken for poison")
        func lockedTable() async throws {
            let servers = try await Self.starting.value
            let stack = servers.stack
            undo(
                [
                    "ALTER ROLE worker RESET lock_timeout",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'worker'",
                ], on: stack)
            let database = stack.database.replacingOccurrences(of: "jetstream:jetstream@", with: "worker:worker@")
            var processors: [ChildProcess] = []
            for _ in 0..<4 {
                processors.append(
                    try await stack.start("jspg-processor", environment: ["DATABASE_URL": database]).process)
            }
            try await stack.rows("ALTER ROLE worker SET lock_timeout = '100ms'")
            try await endSessions(on: stack)
            let other = try await PostgresConnection.connect(
                PostgresConfiguration(url: stack.database, applicationName: "other"), logger: Logger(label: "tests"))
            Teardown.current?.add { _ in await other.close() }
            try await other.run { connection in
                try connection.query("BEGIN")
                try connection.query("LOCK TABLE users IN SHARE MODE")
            }
            var operations: [Operation] = []
            for _ in 0..<20 { operations.append(try await write(on: stack)) }
            // Long enough for each of the five to have taken the partitions over from the one before.
            try await Task.sleep(for: .seconds(20))
            let ids = operations.map { "'\($0.id)'" }.joined(separator: ",")
            #expect(
                try await stack.rows("SELECT 1 FROM write_operations WHERE operation_id IN (\(ids))").isEmpty)
            try await other.run { connection in _ = try connection.query("COMMIT") }
            await other.close()
            for operation in operations {
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
            try await expectNoDeadLetters(on: stack)
            for processor in processors { await processor.stop() }
        }

        @Test("a time limit that a batch does not keep: it is tried until the limit is gone, and is no attempt")
        func statementTimeout() async throws {
            let servers = try await Self.starting.value
            let stack = servers.stack
            undo(
                [
                    "DROP TRIGGER IF EXISTS take_time ON users", "DROP FUNCTION IF EXISTS take_time",
                    "ALTER ROLE worker RESET statement_timeout",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'worker'",
                ], on: stack)
            try await stack.rows(
                """
                CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END'
                """)
            try await stack.rows(
                "CREATE TRIGGER take_time BEFORE INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION take_time()")
            try await stack.rows("ALTER ROLE worker SET statement_timeout = '200ms'")
            try await endSessions(on: stack)
            let before = try await retries(of: servers)
            let operation = try await write(on: stack)
            // More often than makes a message poison, also without those that the end of the sessions adds.
            try await awaiting("the batch is not tried again") { try await retries(of: servers) > before + 7 }
            #expect(
                try await stack.rows("SELECT max(attempts) FROM write_partitions WHERE table_name = 'users'")
                    == [["0"]])
            #expect(
                try await stack.rows("SELECT 1 FROM write_operations WHERE operation_id = '\(operation.id)'").isEmpty)
            try await stack.rows("ALTER ROLE worker RESET statement_timeout")
            try await endSessions(on: stack)
            #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            let written = try await stack.rows("SELECT count(*) FROM users WHERE user_id = '\(operation.entityID)'")
            #expect(written == [["1"]])
            try await expectNoDeadLetters(on: stack)
        }
    }
}
