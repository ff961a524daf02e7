// What a read API that can't reach Redis asks others for.
import JetStream
import Operations

/// Asks whoever can reach Redis to invalidate tables, one question at a time: what is wanted meanwhile goes into the next
/// one. Where nobody can, each takes a second, and a thousand may want the same.
actor InvalidationRequests {
    private enum Turn: Sendable {
        /// The caller puts the question, for those who wait as well.
        case ask
        case done
    }

    private static let timeout = Duration.seconds(1)

    private let ask: @Sendable (Set<String>) async -> Void
    private var isUnderWay = false
    /// For the next question.
    private var tables: Set<String> = []
    private var waiting: [CheckedContinuation<Turn, Never>] = []

    /// - Parameter ask: returns when somebody has invalidated, or nobody will.
    init(_ ask: @escaping @Sendable (Set<String>) async -> Void) {
        self.ask = ask
    }

    init(_ nats: NATSConnection) {
        self.init { tables in
            _ = try? await nats.request(
                Subject.invalidate, payload: StaleTables(tables: tables).encoded(), timeout: Self.timeout)
        }
    }

    /// Returns after a question that was put after the call: never joined is one that is under way, whose answer may be
    /// older. No later than after two time-outs.
    func invalidate(_ tables: Set<String>) async {
        self.tables.formUnion(tables)
        guard case .ask = await turn() else { return }
        let wanted = self.tables
        let others = waiting
        (self.tables, waiting) = ([], [])
        // In a task of its own: a client that is gone must not cost the others their answer.
        await Task { [ask] in await ask(wanted) }.value
        for other in others { other.resume(returning: .done) }
        if waiting.isEmpty { isUnderWay = false } else { waiting.removeFirst().resume(returning: .ask) }
    }

    private func turn() async -> Turn {
        if isUnderWay { return await withCheckedContinuation { waiting.append($0) } }
        isUnderWay = true
        return .ask
    }
}
