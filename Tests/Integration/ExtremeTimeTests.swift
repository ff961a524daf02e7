// Rows with times that only SQL writes.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Extreme times", .serialized)
    struct ExtremeTimes {
        @Test("times that RFC 3339 has no form for are shown as PostgreSQL has them, and pages go on behind them")
        func pages() async throws {
            let stack = try await IntegrationStack.start()
            let times = [
                "-infinity", "0044-03-15 12:00:00+00 BC", "2026-01-02 03:04:05+00", "10000-01-01 00:00:00+00",
                "infinity",
            ]
            for (number, time) in times.enumerated() {
                try await stack.rows(
                    """
                    INSERT INTO users (user_id, name, email, created_at)
                    VALUES (gen_random_uuid(), 'n\(number)', 'n\(number)@example.com', '\(time)')
                    """)
            }
            var shown: [String?] = []
            var next: String? = ""
            while let token = next, shown.count < 10 {
                let after = token.isEmpty ? "" : "&after=\(token)"
                let answer = try await HTTPCalls.get(stack.readAPI + "/users?sort=created_at&limit=1" + after)
                try #require(answer.status == 200, "\(answer.text)")
                let page = try answer.json()
                shown += page["users"]?.elements.map { $0["createdAt"]?.string ?? $0["created_at"]?.string } ?? []
                next = page["next"]?.string
            }
            #expect(
                shown == [
                    "-infinity", "0044-03-15 12:00:00+00 BC", "2026-01-02T03:04:05.000000Z", "10000-01-01 00:00:00+00",
                    "infinity",
                ])
        }
    }
}
