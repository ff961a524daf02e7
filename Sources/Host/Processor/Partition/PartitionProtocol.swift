// How one processor works one partition in stream order: a pure state machine, events in, actions out.

/// Decides what a partition's worker does next so that operations take effect once and in the order in which
/// JetStream stored them, with any number of processors and through fail-over.
///
/// Five rules make it so (`docs/ordering.md` has the reasons, `Tests/Simulation` every interleaving):
/// - *skip*: the transaction locks the partition's row and leaves out what is at or below `last`, up to which
///   everything is decided. That is the transaction's part; see `BatchTransaction`.
/// - *gap*: a delivery whose consumer sequence does not follow the one before means that somebody else had
///   deliveries in between.
/// - *catch up*: then, and at start, the stream itself is read from `last + 1` to where the consumer stands.
/// - *compare*: numbers say something only about deliveries under one pin. A consumer that somebody removed is made anew, counts
///   from 1 and begins with the oldest message; one whose server lost what it knew last counts on from before. So whether
///   something lies between what is decided and a delivery under another pin is looked up in the stream.
/// - *not behind*: a database that lost its last transactions, as after a fail-over, has a `last` below what the worker saw
///   decided. Nothing is applied then before the worker has caught up from there.
///
/// One event at a time, one action for each: the partition is worked strictly one batch after another.
package struct PartitionProtocol<Message: Sendable>: Sendable {
    /// A message that the consumer delivered.
    package struct Delivered: Sendable {
        package var streamSequence: UInt64
        /// Counts the consumer's deliveries, to whichever client, redeliveries included.
        package var consumerSequence: UInt64
        /// Whether the consumer, as far as it knows, has not delivered the message before.
        package var isFirst: Bool
        package var message: Message

        package init(streamSequence: UInt64, consumerSequence: UInt64, isFirst: Bool, message: Message) {
            self.streamSequence = streamSequence
            self.consumerSequence = consumerSequence
            self.isFirst = isFirst
            self.message = message
        }
    }

    /// A message as the stream has it.
    package struct Stored: Sendable {
        package var streamSequence: UInt64
        package var message: Message

        package init(streamSequence: UInt64, message: Message) {
            self.streamSequence = streamSequence
            self.message = message
        }
    }

    package enum Event: Sendable {
        /// The worker begins, or can't know what the consumer did meanwhile (NATS was away).
        case started
        /// Somebody else may have left messages undecided (its pin was lost, its deliveries stand still).
        case nudged
        /// Deliveries, at least one, in the order of arrival, and under which pin the first and the last of them came. A pin says
        /// which of the consumer's clients was pinned; one that is over never comes back, and two consumers under one name,
        /// before and after it was removed or its server restarted, never have the same. `nil` where the consumer pins none.
        case delivered([Delivered], firstPin: String?, lastPin: String?)
        /// Answers `locate`: `decided` is the partition's `last`; `consumer` is where the consumer stood *after*
        /// `decided` was read.
        case located(decided: UInt64, consumer: ConsumerPosition)
        /// Answers `read` and `compare`: in stream order; `isComplete` where there is no further one in the range.
        case read([Stored], isComplete: Bool)
        /// Answers `apply`: what it named is decided.
        case applied
        /// Answers `acknowledge`.
        case acknowledged
    }

    package enum Action: Sendable {
        /// Wait for deliveries.
        case fetch
        /// Read `last` of the partition's row, then ask the consumer where it stands.
        case locate
        /// Read the partition's messages from the stream itself, both ends included.
        case read(from: UInt64, through: UInt64)
        /// As `read`; nobody is thought to have left anything in that range undecided.
        case compare(from: UInt64, through: UInt64)
        /// Decide these, in this order, in one transaction (or several), whatever it takes; but only where the partition's
        /// `last` is not below `after`. Where it is, the database has lost what was decided: the worker begins anew.
        case apply([Stored], after: UInt64)
        /// Acknowledge these deliveries: everything in them is decided.
        case acknowledge([Delivered])
    }

    package struct ConsumerPosition: Sendable, Equatable {
        /// The stream sequence up to which the consumer has delivered.
        package var streamSequence: UInt64
        /// The number of deliveries so far.
        package var consumerSequence: UInt64
        /// The client that is pinned, if any.
        package var pin: String?

        package init(streamSequence: UInt64, consumerSequence: UInt64, pin: String?) {
            self.streamSequence = streamSequence
            self.consumerSequence = consumerSequence
            self.pin = pin
        }
    }

    /// The rules, so that tests can switch one off and see the violation that it prevents.
    package struct Rules: Sendable {
        package var looksAtGaps = true
        package var catchesUp = true
        package var comparesPins = true
        package var trustsOnlyFirstDeliveries = true
        package var refusesOlderDatabase = true

        package init() {}
    }

    private let rules: Rules
    /// The consumer sequence that the next delivery must have; `nil` until the worker has caught up.
    private var expected: UInt64?
    /// Of the deliveries that `expected` is about; `nil` while it is not known.
    private var pin: String?
    /// Up to here the partition is decided, as far as the worker knows.
    private var decidedThrough: UInt64 = 0
    /// Deliveries in hand: received, not acknowledged.
    private var hand: [Delivered] = []
    /// While catching up, not while comparing: the end of the range and the highest sequence decided in it.
    private var catchUp: (through: UInt64, decided: UInt64, isComplete: Bool)?

    package init(rules: Rules = Rules()) {
        self.rules = rules
    }

    /// Whether a delivery waits for its transaction.
    package var isHoldingMessages: Bool { !hand.isEmpty }

    package mutating func handle(_ event: Event) -> Action {
        switch event {
        case .started:
            (expected, pin, catchUp) = (nil, nil, nil)
            return .locate
        case .nudged:
            return .locate
        case .delivered(let deliveries, let firstPin, let lastPin):
            hand.append(contentsOf: deliveries)
            // A pin never comes back: those in between have it too.
            return takeUpHand(pin: firstPin == lastPin ? lastPin : nil)
        case .located(let decided, let consumer):
            // From here on, a delivery to anybody else shows as a gap in the next one to this worker.
            (expected, pin) = (consumer.consumerSequence + 1, consumer.pin)
            decidedThrough = decided
            // What is in hand may lie above it: a consumer that was made anew begins with the oldest message.
            let through = max(consumer.streamSequence, hand.map(\.streamSequence).max() ?? 0)
            guard rules.catchesUp else { return applyHand() }
            guard decided < through else { return finishCatchUp() }
            catchUp = (through, decided, false)
            return .read(from: decided + 1, through: through)
        case .read(let messages, let isComplete):
            guard let range = catchUp else {
                return compared(messages.map(\.streamSequence), isComplete: isComplete)
            }
            catchUp = (range.through, messages.last?.streamSequence ?? range.decided, isComplete)
            if messages.isEmpty { return finishCatchUp() }
            return apply(messages)
        case .applied:
            guard let range = catchUp, !range.isComplete, range.decided < range.through else {
                return finishCatchUp()
            }
            return .read(from: range.decided + 1, through: range.through)
        case .acknowledged:
            return .fetch
        }
    }

    /// In step: what is in hand is everything that was delivered since the last batch, so it can be applied.
    private mutating func takeUpHand(pin newPin: String?) -> Action {
        guard rules.looksAtGaps else { return applyHand() }
        guard var next = expected else { return .locate }
        guard !rules.comparesPins || newPin != nil && newPin == pin else {
            pin = newPin
            return compareHand()
        }
        for delivery in hand {
            // It was on its way while the worker caught up, and is decided already.
            if delivery.consumerSequence < next { continue }
            guard delivery.consumerSequence == next else { return .locate }
            next += 1
        }
        expected = next
        return applyHand()
    }

    /// The newest delivery in hand came under another pin than those that were expected.
    private mutating func compareHand() -> Action {
        // Whatever was delivered before a message that is delivered for the first time lies before it in the stream. So where
        // that is decided, everything is that has lower numbers.
        guard let newest = hand.last, hand.allSatisfy({ $0.streamSequence <= newest.streamSequence }),
            newest.isFirst || !rules.trustsOnlyFirstDeliveries
        else { return .locate }
        guard decidedThrough < newest.streamSequence else { return compared([], isComplete: true) }
        return .compare(from: decidedThrough + 1, through: newest.streamSequence)
    }

    /// - Parameter stored: what the stream has between what is decided and the newest delivery in hand.
    private mutating func compared(_ stored: [UInt64], isComplete: Bool) -> Action {
        guard let newest = hand.last, isComplete,
            stored == Set(hand.map(\.streamSequence)).filter({ $0 > decidedThrough }).sorted()
        else { return .locate }
        expected = newest.consumerSequence + 1
        return applyHand()
    }

    private mutating func applyHand() -> Action {
        if hand.isEmpty { return .fetch }
        var last: UInt64 = 0
        let inOrder = hand.sorted { $0.streamSequence < $1.streamSequence }.compactMap { delivery -> Stored? in
            defer { last = delivery.streamSequence }
            if delivery.streamSequence == last { return nil }
            return Stored(streamSequence: delivery.streamSequence, message: delivery.message)
        }
        return apply(inOrder)
    }

    private mutating func apply(_ messages: [Stored]) -> Action {
        defer { decidedThrough = max(decidedThrough, messages.last?.streamSequence ?? 0) }
        return .apply(messages, after: rules.refusesOlderDatabase ? decidedThrough : 0)
    }

    private mutating func finishCatchUp() -> Action {
        catchUp = nil
        defer { hand = [] }
        return hand.isEmpty ? .fetch : .acknowledge(hand)
    }
}
