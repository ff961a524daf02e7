// Remembers the operations that this gateway has published lately.
package import Operations

/// A bounded memory of operation ids, the oldest forgotten first.
///
/// It answers a repeated request without asking JetStream, tells another request under the same key at once, and knows
/// which ids may be stored although nobody confirmed it.
package struct RecentKeys: Sendable {
    package enum Memory: Sendable, Equatable {
        /// Stored under `sequence`, accepted at `acceptedAt`, for a request with this fingerprint.
        case stored(Digest, sequence: UInt64, acceptedAt: Timestamp)
        /// Was stored for a request with this fingerprint, on a server that may have lost it since.
        case unconfirmed(Digest)
        /// Published, but no answer came: it may be stored.
        case uncertain
    }

    /// 128 bits of a fingerprint: enough to tell requests apart, half the memory.
    package struct Digest: Sendable, Hashable {
        private let high: UInt64
        private let low: UInt64

        package init(_ fingerprint: Fingerprint) {
            (high, low) = fingerprint.withBytes { bytes in
                (
                    bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                    bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
            }
        }
    }

    private let capacity: Int
    private var memories: [OperationID: Memory] = [:]
    /// The ids in the order in which they came; a ring once it is full.
    private var ring: [OperationID] = []
    private var oldest = 0

    /// - Parameter capacity: ids kept; 0 keeps none. One takes about 150 bytes.
    package init(capacity: Int) {
        self.capacity = max(0, capacity)
    }

    package var count: Int { memories.count }

    package subscript(id: OperationID) -> Memory? { memories[id] }

    /// What is stored may be stored no longer.
    package mutating func unconfirm() {
        memories = memories.mapValues { memory in
            if case .stored(let digest, _, _) = memory { .unconfirmed(digest) } else { memory }
        }
    }

    /// Remembers, or changes what is remembered, of an operation. What is known of a stored one is not forgotten.
    package mutating func remember(_ id: OperationID, _ memory: Memory) {
        guard capacity > 0 else { return }
        if let known = memories[id] {
            if memory != .uncertain || known == .uncertain { memories[id] = memory }
            return
        }
        if ring.count < capacity {
            ring.append(id)
        } else {
            memories[ring[oldest]] = nil
            ring[oldest] = id
            oldest = (oldest + 1) % capacity
        }
        memories[id] = memory
    }
}
