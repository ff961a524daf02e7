// Takes plain writes before the router does.
package import HTTP
import Operations

/// Serves `POST /{table}`, and `PUT`, `PATCH` and `DELETE /{table}/{id}`, where nothing has to be waited for but
/// JetStream. What can't be served at all (an unknown table, a method that it does not declare, no memory for the body)
/// is left to `WriteRoutes`, and so is a request that waits for the operation's end. Any thread.
package struct WriteLane: FastResponder {
    private let gate: WriteGate
    private let budget: ByteBudget

    /// - Parameter budget: of all request bodies together.
    package init(gate: WriteGate, budget: ByteBudget) {
        self.gate = gate
        self.budget = budget
    }

    package func route(_ head: RequestHead) -> (any FastRoute)? {
        guard head.query == nil, !head.hasPreference, !head.isConditional, let target = Target(head),
            let table = try? gate.table(target.table, for: target.kind)
        else { return nil }
        return Route(gate: gate, budget: budget, target: target, table: table, head: head)
    }

    private struct Route: FastRoute {
        let gate: WriteGate
        let budget: ByteBudget
        let target: Target
        let table: any WritableTable
        let head: RequestHead

        func serve(body: [UInt8], answer: @escaping @Sendable (FastAnswer?) -> Void) {
            if let refusal = gate.refusal() { return answer(FastAnswer(refusal)) }
            guard budget.take(body.count) else { return answer(nil) }
            let request = WriteRequest(
                kind: target.kind, table: target.table, entityID: target.entityID,
                idempotencyKey: head.idempotencyKey, contentType: head.contentType, traceparent: head.traceparent,
                body: body)
            gate.accept(request, in: table) { [budget, count = body.count] outcome in
                budget.release(count)
                switch outcome {
                case .accepted(let receipt): answer(receipt.fastAnswer)
                case .refused(let problem): answer(FastAnswer(problem))
                }
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
