// Operations that ended long ago are forgotten.
import Foundation
import Testing

extension Integration {
    @Suite("Retention")
    struct Retention {
        @Test("a processor removes operations that ended longer ago than OPERATION_RETENTION, and no others")
        func removes() async throws {
            let stack = try await IntegrationStack.shared()
            let entity = UUID().uuidString
            try await stack.rows(
                """
                INSERT INTO write_operations
                    (operation_id, table_name, entity_id, kind, status, stream_sequence, queued_at, ended_at)
                SELECT gen_random_uuid(), 'users', '\(entity)', 'create', 'completed', hours, moment, moment FROM (
                    SELECT hours, now() - hours * interval '1 hour' AS moment FROM (VALUES (12), (36)) AS ages (hours)
                ) AS moments
                """)
            // The stack's own keep them for a week. Each looks when it starts.
            _ = try await stack.start("jspg-processor", environment: ["OPERATION_RETENTION": "86400"])
            try await awaiting("the old operation is not removed, or the younger one is") {
                try await stack.rows("SELECT stream_sequence FROM write_operations WHERE entity_id = '\(entity)'")
                    == [["12"]]
            }
        }
    }
}
