// Who listens to a table is told when its data changed.
import JetStream
import Operations
import Synchronization
import Testing

@testable import ReadAPI

@Suite("Table changes")
struct ReadAPITableChangesTests {
    private typealias Handler = @Sendable (NATSMessage) -> Void

    /// Whether a client that listens to `items` is told of what `act` does.
    ///
    /// - Parameters:
    ///   - isCaching: whether Redis is there.
    ///   - act: gets the changes, and what hears the captured ones.
    private func isTold(
        isCaching: Bool = true,
        invalidate: @escaping TableChanges.Invalidate = { _, _ in Issue.record("nothing is to be invalidated") },
        _ act: (TableChanges, Handler) -> Void
    ) async throws -> Bool {
        let handler = Mutex<Handler?>(nil)
        let changes = TableChanges(isCaching: { isCaching }, invalidate: invalidate) { table, body in
            #expect(table == "items")
            handler.withLock { $0 = body }
            return 0
        }
        let events = changes.listen(to: "items")
        let capture = handler.withLock { $0 }
        act(changes, try #require(capture))
        changes.stop()
        var count = 0
        for await _ in events { count += 1 }
        return count > 0
    }

    private let captured = NATSMessage(
        subject: "cdc.public.items", payload: Array(#"{"__op":"u","__table":"items"}"#.utf8))

    @Test("a captured change is told once the cache is invalidated, not before")
    func invalidated() async throws {
        #expect(try await !isTold { $1(captured) })
        for (tables, isNews) in [(["items", "x"], true), (["x"], false)] as [(Set<String>, Bool)] {
            let message = StaleTables(tables: tables).encoded()
            #expect(try await isTold { changes, _ in changes.take(changed: message) } == isNews)
        }
    }

    @Test("without Redis, where nobody may ever invalidate, the captured change itself is told")
    func withoutCache() async throws {
        #expect(try await isTold(isCaching: false) { $1(captured) })
        let snapshot = NATSMessage(subject: "cdc.public.items", payload: Array(#"{"__op":"r"}"#.utf8))
        #expect(try await !isTold(isCaching: false) { $1(snapshot) })
    }

    @Test("an operation that is completed is told")
    func done() async throws {
        for (state, isNews) in [(OperationStatus.State.completed, true), (.failed, false)] {
            let status = OperationStatus(operationID: .random(), state: state, table: "items")
            let message = DoneMessage(table: "items", transactionID: "1", operations: [status]).encoded()
            #expect(try await isTold { changes, _ in changes.take(done: message) } == isNews)
        }
    }

    @Test("an operation is told to those who listen to a further table that it has changed")
    func further() async throws {
        let status = OperationStatus(operationID: .random(), state: .completed, table: "others")
        for isInvalidated in [true, false] {
            let message = DoneMessage(
                table: "others", transactionID: "1", isInvalidated: isInvalidated, operations: [status],
                furtherTables: ["items", "more"]
            ).encoded()
            let invalidate: TableChanges.Invalidate = { table, completion in
                #expect(table == "items" && !isInvalidated, "nobody listens to the others")
                completion()
            }
            #expect(try await isTold(invalidate: invalidate) { changes, _ in changes.take(done: message) })
        }
    }

    @Test("what a processor could not invalidate is told once it is")
    func completedWithoutInvalidation() async throws {
        let status = OperationStatus(operationID: .random(), state: .completed, table: "items")
        let message = DoneMessage(
            table: "items", transactionID: nil, isInvalidated: false, operations: [status]
        ).encoded()
        for isDone in [false, true] {
            let invalidate: TableChanges.Invalidate = { table, completion in
                #expect(table == "items")
                if isDone { completion() }
            }
            let isTold = try await isTold(invalidate: invalidate) { changes, _ in changes.take(done: message) }
            #expect(isTold == isDone)
        }
        #expect(try await isTold(isCaching: false) { changes, _ in changes.take(done: message) }, "nothing is cached")
    }

    @Test("everybody is told after the connection to NATS was away")
    func reconnected() async throws {
        #expect(try await isTold { changes, _ in changes.reconnected() })
    }

    @Test("events that nobody takes end with whoever has them")
    func dropped() {
        let changes = TableChanges(isCaching: { true }, invalidate: { _, _ in }) { _, _ in 0 }
        var events: TableChanges.Events? = changes.listen(to: "items")
        #expect(events != nil && changes.count == 1)
        events = nil
        #expect(changes.count == 0)
    }
}
