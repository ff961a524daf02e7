// How much of the stream of writes may be removed: pure.

/// Decides up to which sequence `WRITES` may be purged. Nothing undecided is ever removed.
///
/// Between half and three quarters of `max_bytes`, messages inside the duplicate window stay as well: the gateway
/// answers a repeated request by looking at the first one's message. Above that, room for new writes goes first; a
/// repeated request whose message is gone is answered 202, and its status still tells whether its key was reused.
package struct StreamTrim: Sendable {
    package struct Consumer: Sendable {
        /// Everything at or below it is acknowledged.
        package var acknowledgedThrough: UInt64
        /// Whether it has messages that it has not delivered, or that nobody has acknowledged.
        package var hasUndecided: Bool

        package init(acknowledgedThrough: UInt64, hasUndecided: Bool) {
            self.acknowledgedThrough = acknowledgedThrough
            self.hasUndecided = hasUndecided
        }
    }

    /// The size of the stream.
    package var bytes: UInt64
    package var maximumBytes: UInt64
    package var firstSequence: UInt64
    /// Where the stream ended so long *before* the consumers were read that they knew of it: one that has nothing
    /// undecided is done up to here.
    package var lastSequence: UInt64
    package var consumers: [Consumer]
    /// For each subject that no consumer serves: the sequence of its first undecided message.
    package var unservedFrom: [UInt64]
    /// The first sequence inside the duplicate window; `nil` where that is not known yet.
    package var duplicateWindowFrom: UInt64?

    package init(
        bytes: UInt64, maximumBytes: UInt64, firstSequence: UInt64, lastSequence: UInt64, consumers: [Consumer],
        unservedFrom: [UInt64], duplicateWindowFrom: UInt64?
    ) {
        self.bytes = bytes
        self.maximumBytes = maximumBytes
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.consumers = consumers
        self.unservedFrom = unservedFrom
        self.duplicateWindowFrom = duplicateWindowFrom
    }

    /// Whether the stream is more than half full. 0 is no limit.
    static func needsRoom(bytes: UInt64, maximumBytes: UInt64) -> Bool {
        maximumBytes > 0 && bytes > maximumBytes / 2
    }

    /// How often to look, so that half of the stream does not fill between two looks at 10 MB a second.
    static func interval(maximumBytes: Int64) -> Duration {
        let milliseconds = maximumBytes > 0 ? maximumBytes / 2 / 10_000 : 1_000
        return .milliseconds(min(1_000, max(50, milliseconds)))
    }

    /// The first sequence to keep, everything below which is to be purged; `nil` where nothing is to be done.
    package var keepFrom: UInt64? {
        guard Self.needsRoom(bytes: bytes, maximumBytes: maximumBytes) else { return nil }
        var keepFrom = lastSequence + 1
        for consumer in consumers where consumer.hasUndecided {
            keepFrom = min(keepFrom, consumer.acknowledgedThrough + 1)
        }
        for sequence in unservedFrom { keepFrom = min(keepFrom, sequence) }
        if bytes <= maximumBytes / 4 * 3 {
            guard let duplicateWindowFrom else { return nil }
            keepFrom = min(keepFrom, duplicateWindowFrom)
        }
        return keepFrom > firstSequence ? keepFrom : nil
    }
}
