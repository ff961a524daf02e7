// Reads while sessions of PostgreSQL wait for something.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Reads while PostgreSQL's sessions wait", .serialized)
    struct WaitingDatabase {
        @Test("a change that is captured before its commit is seen is invalidated for once more when it is")
        func lateCommit() async throws {
            let stack = try await IntegrationStack.start(environment: ["CACHE_TTL": "600"])
            let id = UUID().uuidString.lowercased()
            try await stack.rows(
                "INSERT INTO users (user_id, name, email) VALUES ('\(id)', 'old', '\(id)@example.com')")
            let row = stack.readAPI + "/users/\(id)"
            try await awaiting("the row does not show") { try await HTTPCalls.get(row).status == 200 }

            // A standby that never comes: commits are in the WAL, and nobody sees them.
            try await stack.rows("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            try await stack.rows("SELECT pg_reload_conf()")
            try await awaiting("the setting does not arrive") {
                try await stack.rows("SHOW synchronous_standby_names") == [["nobody"]]
            }
            async let update = stack.rows("UPDATE users SET name = 'new' WHERE user_id = '\(id)'")
            try await stack.awaitChange(on: "cdc.public.users") { $0["name"]?.string == "new" }
            // What was told of was read again, and is cached as it was.
            try await Task.sleep(for: .milliseconds(500))
            try await awaiting("the row is not cached") {
                let answer = try await HTTPCalls.get(row)
                #expect(try answer.json()["name"]?.string == "old")
                return answer.header("X-Cache") == "hit"
            }

            try await stack.rows("ALTER SYSTEM RESET synchronous_standby_names")
            try await stack.rows("SELECT pg_reload_conf()")
            _ = try await update
            try await awaiting("the row stays as it was", within: .seconds(10)) {
                try await HTTPCalls.get(row).json()["name"]?.string == "new"
            }
        }

        @Test("reads of a table that somebody has locked give up soon, and others are answered")
        func lockedTable() async throws {
            let stack = try await IntegrationStack.shared()
            // More than the read API has connections.
            let locked = try await HTTPCalls.get(stack.readAPI + "/orders?limit=99")
            #expect(locked.status == 200)
            async let lock = stack.rows(
                "DO $$ BEGIN LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; PERFORM pg_sleep(8); END $$")
            try await awaiting("the table is not locked") {
                try await stack.rows(
                    "SELECT 1 FROM pg_locks WHERE relation = 'orders'::regclass AND mode = 'AccessExclusiveLock' AND granted"
                ).count == 1
            }
            let start = ContinuousClock.now
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for limit in 1...24 {
                    group.addTask { try await HTTPCalls.get(stack.readAPI + "/orders?limit=\(limit)").status }
                }
                try await Task.sleep(for: .milliseconds(300))
                #expect(try await HTTPCalls.get(stack.readAPI + "/health").status == 200)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0 == 503 }, "\(statuses)")
            // Three times the limit of two seconds, one after another on eight connections.
            #expect(ContinuousClock.now - start < .seconds(7.8))
            _ = try await lock
            #expect(try await HTTPCalls.get(stack.readAPI + "/orders?limit=1").status == 200)
        }
    }
}
