// What came of setting a table up.

/// How far a processor is with a table's migrations, partitions and consumers.
package enum TableSetUpOutcome: Sendable, Hashable {
    case underWay
    case done
    /// It is tried again; until then the generation before goes on.
    case failed(reason: String)

    var name: String {
        switch self {
        case .underWay: "under way"
        case .done: "done"
        case .failed: "failed"
        }
    }

    init?(name: String, reason: String) {
        switch name {
        case "under way": self = .underWay
        case "done": self = .done
        case "failed": self = .failed(reason: reason)
        default: return nil
        }
    }
}
