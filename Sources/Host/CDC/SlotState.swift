// What a replication slot's state means: pure.

/// Decides whether changes may have been missed, by what PostgreSQL says of the slot and what is remembered.
struct SlotState: Equatable {
    /// What has to be done before replication starts.
    enum Verdict: Equatable {
        case good
        /// There is none, and none is remembered: the first start.
        case create
        /// Changes were missed: the cache has to forget everything. The slot is to be made anew where `remakes`.
        case missed(reason: String, remakes: Bool)

        /// Whether the slot is to be made, or made anew.
        var makesSlot: Bool {
            switch self {
            case .good: false
            case .create: true
            case .missed(_, let remakes): remakes
            }
        }
    }

    /// `nil`: there is no slot of that name.
    var confirmed: LogSequenceNumber?
    /// `pg_replication_slots.wal_status`: `lost` where the WAL that it needs is gone.
    var isLost: Bool
    var system: String
    /// PostgreSQL could not make changes of its WAL: the publication was not there yet when that was written.
    var isUndecodable = false
    /// When the stream of changes was made.
    var stream: String?

    func verdict(remembered: PositionStore.Entry?) -> Verdict {
        if isUndecodable, confirmed != nil {
            return .missed(reason: "the slot begins before its publication was made", remakes: true)
        }
        guard let remembered else {
            return confirmed == nil
                ? .create : .missed(reason: "no position is remembered for the slot", remakes: isLost)
        }
        guard remembered.system == system else {
            return .missed(
                reason: "the database is another cluster than the one remembered", remakes: confirmed == nil || isLost)
        }
        guard let confirmed else { return .missed(reason: "the slot is gone", remakes: true) }
        if isLost { return .missed(reason: "PostgreSQL has removed WAL that the slot needed", remakes: true) }
        if let before = remembered.stream, let stream, before != stream {
            return .missed(reason: "the stream of changes was made anew", remakes: false)
        }
        if confirmed > remembered.position {
            return .missed(
                reason:
                    "the slot is at \(confirmed), ahead of \(remembered.position), the last position confirmed here: "
                    + "it was made anew or moved", remakes: false)
        }
        return .good
    }
}
