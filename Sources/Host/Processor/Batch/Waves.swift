// How a batch is cut into set-based statements: pure.
import Operations

/// The operations of one batch that one statement each can carry out, in the order in which these must run.
///
/// The first operation of each entity is in the first wave, its second in the second, and so on. Within a wave
/// creates go first, then upserts, updates, deletes last: whatever might come out otherwise than one by one in
/// stream order then violates a constraint, and the batch takes the slow way.
struct Waves: Sendable, Equatable {
    /// One statement: operations of one kind, no two on the same entity.
    struct Step: Sendable, Equatable {
        var kind: OperationKind
        /// Positions in the batch, ascending.
        var positions: [Int]
    }

    var steps: [Step]

    /// - Parameter operations: the batch in stream order; `nil` stands for one that writes no row.
    init(_ operations: [(kind: OperationKind, entityID: String)?]) {
        var occurrences: [String: Int] = [:]
        occurrences.reserveCapacity(operations.count)
        // Of each wave the positions by kind, in the order in which the kinds go.
        var waves: [[[Int]]] = []
        for (position, operation) in operations.enumerated() {
            guard let operation else { continue }
            let wave = occurrences[operation.entityID, default: 0]
            occurrences[operation.entityID] = wave + 1
            if wave == waves.count { waves.append([[Int]](repeating: [], count: Self.order.count)) }
            waves[wave][Self.place(of: operation.kind)].append(position)
        }
        steps = waves.flatMap { wave in
            zip(Self.order, wave).compactMap { kind, positions in
                positions.isEmpty ? nil : Step(kind: kind, positions: positions)
            }
        }
    }

    private static let order = [OperationKind.create, .upsert, .update, .delete]

    private static func place(of kind: OperationKind) -> Int {
        switch kind {
        case .create: 0
        case .upsert: 1
        case .update: 2
        case .delete: 3
        }
    }
}
