// What a status URL knows of its operation.
import Operations

/// The query of the `Location` that the gateway hands out: where the write is stored, and which request it came from.
/// Every part may be missing: an id alone is enough for an operation that has ended.
struct StatusHint: Sendable, Equatable {
    var sequence: UInt64?
    var table: String?
    var partition: Int?
    /// The first 64 bits of the request's fingerprint, 16 hexadecimal digits.
    var fingerprint: String?

    init(_ items: [(name: String, value: String)]) {
        for (name, value) in items {
            switch name {
            case "seq": sequence = UInt64(value)
            case "table": table = value
            case "partition": partition = Int(value).flatMap { (0..<Partition.count).contains($0) ? $0 : nil }
            case "fp": fingerprint = value.utf8.count == 16 ? value : nil
            default: break
            }
        }
    }

    /// How far an operation is that has not ended, by where its consumer stands; `nil`: the consumer is done with it.
    ///
    /// - Parameters:
    ///   - delivered: the stream sequence up to which the consumer has delivered.
    ///   - acknowledged: the one up to which everything is acknowledged.
    ///   - unacknowledged: how many are delivered and not acknowledged.
    ///   - pending: how many are not delivered.
    static func progress(
        of sequence: UInt64, delivered: UInt64, acknowledged: UInt64, unacknowledged: Int, pending: UInt64
    ) -> (state: OperationStatus.State, ahead: Int?)? {
        if sequence <= acknowledged { return nil }
        if sequence <= delivered { return (.processing, nil) }
        // Other partitions' messages lie in between, so the distance in the stream is an upper bound.
        let before = min(pending > 0 ? pending - 1 : 0, sequence - delivered - 1)
        return (.queued, unacknowledged + Int(clamping: before))
    }
}
