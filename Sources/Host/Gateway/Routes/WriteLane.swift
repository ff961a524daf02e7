// Takes plain writes before the router does.
package import HTTP
import Operations
package import Streams

/// Serves `POST /{table}`, and `PUT`, `PATCH` and `DELETE /{table}/{id}`. What can't be served at all (an unknown table, a
/// method that it does not declare, no memory for the body) is left to `WriteRoutes`, and so is the first request that
/// waits for the end of an operation on a table: that has to be subscribed to. Any thread.
package struct WriteLane: FastResponder {
    private let gate: WriteGate
    private let done: DoneWatch
    private let budget: ByteBudget

    /// - Parameters:
    ///   - done: tells the end of operations to those that wait for it.
    ///   - budget: of all request bodies together.
    package init(gate: WriteGate, done: DoneWatch, budget: ByteBudget) {
        self.gate = gate
        self.done = done
        self.budget = budget
    }

    package func route(_ head: RequestHead) -> (any FastRoute)? {
        guard head.query == nil, !head.isConditional, let target = Target(head),
            let table = try? gate.table(target.table, for: target.kind)
        else { return nil }
        return Route(lane: self, target: target, table: table, head: head)
    }

    private final class Route: FastRoute {
        let lane: WriteLane
        let target: Target
        let table: any WritableTable
        let head: RequestHead

        init(lane: WriteLane, target: Target, table: any WritableTable, head: RequestHead) {
            self.lane = lane
            self.target = target
            self.table = table
            self.head = head
        }

        func serve(body: [UInt8], answer: @escaping @Sendable (FastAnswer?) -> Void) {
            if let refusal = lane.gate.refusal() {
                lane.gate.noteRefusal(refusal)
                return answer(FastAnswer(BufferedResponse(refusal)))
            }
            let request = WriteRequest(
                kind: target.kind, table: target.table, entityID: target.entityID,
                idempotencyKey: head.idempotencyKey, contentType: head.contentType, traceparent: head.traceparent,
                body: body)
            var end: AwaitedEnd?
            if let preference = head.preference,
                let wait = RequestPreferences(headerValues: CollectionOfOne(preference)).wait, wait > 0
            {
                // Before it is published, so that the end can't be missed.
                guard let identity = try? WriteIdentity(request, table: table),
                    let ticket = lane.done.registerIfListening(identity.operationID, table: table.name)
                else { return answer(nil) }
                end = AwaitedEnd(ticket: ticket, seconds: wait, done: lane.done)
            }
            guard lane.budget.take(body.count) else {
                if let end { lane.done.cancel(end.ticket) }
                return answer(nil)
            }
            lane.gate.accept(request, in: table) { [lane, kind = target.kind, count = body.count, end] outcome in
                lane.budget.release(count)
                outcome.response(to: kind, awaiting: end) { answer(FastAnswer($0)) }
            }
        }
    }

    /// The table and row that a path names.
    private struct Target: Sendable {
        let kind: OperationKind
        let table: String
        let entityID: String?

        init?(_ head: RequestHead) {
            var segments = head.path.dropFirst()
            var second: Substring?
            if let slash = segments.utf8.firstIndex(of: UInt8(ascii: "/")) {
                second = segments[segments.index(after: slash)...]
                segments = segments[..<slash]
            }
            guard !segments.isEmpty, second.map({ !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: "/")) }) ?? true else {
                return nil
            }
            switch (head.method, second == nil) {
            case (.post, true): kind = .create
            case (.put, false): kind = .upsert
            case (.patch, false): kind = .update
            case (.delete, false): kind = .delete
            default: return nil
            }
            table = String(segments)
            entityID = second.map(String.init)
        }
    }
}
