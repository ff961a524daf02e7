// A world for `PartitionProtocol`: a stream, its consumer, a database and some processors, all driven by one seed.
import Processor
import TestSupport

/// Runs one history. `violation` is the first promise that was broken, with `history` saying how it came about.
///
/// The server delivers what was never delivered, or again what was not acknowledged in time, to any processor that
/// waits, in either order (nats-server was seen to deliver new messages before it delivered old ones again).
/// With even seeds an acknowledgement stands for everything before it too, with odd ones for its own message.
/// Now and then somebody removes the consumer, and it is made anew: it counts from 1 and delivers from the beginning. Or its
/// server loses the last that it knew of it, and counts on from before. What the workers have in their hands stays there.
/// With two seeds of four the consumer pins a client: a delivery says under which pin it came, and another client gets another
/// pin.
/// Once in a while, once, the database comes back without its last transactions, as after a fail-over; the workers hear of it
/// when it suits chance.
/// Processors are killed and started again, their answers are lost, they stand still for as long as chance wants.
struct SimulatedPartition {
    struct Rules {
        var skips = true
        var partition = PartitionProtocol<Int>.Rules()
    }

    /// What went wrong in the world, and must not show in what the processors did.
    struct Troubles {
        var kills = 0
        var lostAcknowledgements = 0
        var consumersMadeAnew = 0
        var consumersFallenBack = 0
        var databasesFallenBack = 0

        static func += (sum: inout Troubles, more: Troubles) {
            sum.kills += more.kills
            sum.lostAcknowledgements += more.lostAcknowledgements
            sum.consumersMadeAnew += more.consumersMadeAnew
            sum.consumersFallenBack += more.consumersFallenBack
            sum.databasesFallenBack += more.databasesFallenBack
        }
    }

    private struct SimulatedProcessor {
        var machine: PartitionProtocol<Int>
        var action: PartitionProtocol<Int>.Action
        /// Deliveries under way or in the client's buffer.
        var inbox: [(delivery: PartitionProtocol<Int>.Delivered, pin: String?)] = []
        /// What `locate` has read of the database before it asks the consumer.
        var decidedRead: UInt64?
    }

    /// What the server knows of the consumer.
    private struct SimulatedConsumer {
        /// The highest stream sequence that was delivered.
        var delivered: UInt64 = 0
        var deliveries: UInt64 = 0
        /// Delivered, and not acknowledged.
        var pending: Set<UInt64> = []
    }

    private let rules: Rules
    private let messages: Int
    private var random: SeededNumbers
    private var processors: [SimulatedProcessor]
    // The stream holds other partitions' messages too, so this one's sequences have holes.
    private var stream: [UInt64] = []
    private var nextSequence: UInt64 = 1
    private var consumer = SimulatedConsumer()
    /// What the consumer's server would still know after a power cut.
    private var storedConsumer = SimulatedConsumer()
    private var pin: (id: String, processor: Int)?
    private var lastPin = 0
    private let pinsClient: Bool
    private var last: UInt64 = 0
    /// The highest that `last` has ever been.
    private var decidedOnce: UInt64 = 0
    private var applied: [UInt64] = []
    /// What happened, in order; empty unless `isRecorded`.
    private(set) var history: [String] = []
    private let isRecorded: Bool
    private let acknowledgesAll: Bool
    /// A message that was acknowledged before it was decided.
    private var undecided: UInt64?
    private(set) var violation: String?
    private(set) var troubles = Troubles()

    init(
        seed: UInt64, messages: Int = 12, processors count: Int = 3, rules: Rules = Rules(), isRecorded: Bool = false
    ) {
        self.rules = rules
        self.isRecorded = isRecorded
        self.messages = messages
        acknowledgesAll = seed.isMultiple(of: 2)
        pinsClient = seed & 2 == 0
        random = SeededNumbers(seed: seed)
        processors = []
        for _ in 0..<count { processors.append(Self.started(rules)) }
    }

    /// Runs until everything is decided and acknowledged, or a promise is broken.
    mutating func run(maximumSteps: Int = 4_000) {
        for step in 0..<maximumSteps {
            let isCalm = step > maximumSteps / 2
            if takeStep(isCalm: isCalm) { return }
            if let undecided {
                violation = "\(undecided) was acknowledged before it was decided"
                return
            }
            if applied != Array(stream.prefix(applied.count)) {
                violation = "took effect in the order \(applied), stored in the order \(stream)"
                return
            }
        }
        violation = "not everything was decided: applied \(applied) of \(stream), pending \(consumer.pending.sorted())"
    }

    private static func started(_ rules: Rules) -> SimulatedProcessor {
        var machine = PartitionProtocol<Int>(rules: rules.partition)
        let action = machine.handle(.started)
        return SimulatedProcessor(machine: machine, action: action)
    }

    /// Returns true when everything has ended as it should.
    private mutating func takeStep(isCalm: Bool) -> Bool {
        if stream.count < messages && random.chance(0.1) {
            nextSequence += UInt64.random(in: 1...3, using: &random)
            stream.append(nextSequence)
            if isRecorded { note("stored \(nextSequence)") }
        }
        if stream.count == messages && applied.count == messages && consumer.pending.isEmpty { return true }
        let index = Int.random(in: 0..<processors.count, using: &random)
        if !isCalm && random.chance(0.02) {
            troubles.kills += 1
            if isRecorded { note("processor \(index) is killed and starts again") }
            processors[index] = Self.started(rules)
            if pin?.processor == index { pin = nil }
            return false
        }
        if !isCalm && random.chance(0.004) {
            troubles.consumersMadeAnew += 1
            if isRecorded { note("the consumer is made anew") }
            (consumer, storedConsumer, pin) = (SimulatedConsumer(), SimulatedConsumer(), nil)
        }
        if random.chance(0.05) { storedConsumer = consumer }
        if !isCalm && random.chance(0.004) {
            troubles.consumersFallenBack += 1
            if isRecorded { note("the consumer falls back from \(consumer) to \(storedConsumer)") }
            (consumer, pin) = (storedConsumer, nil)
        }
        if !isCalm && troubles.databasesFallenBack == 0 && random.chance(0.002), let lost = applied.last {
            troubles.databasesFallenBack += 1
            let kept = Int.random(in: 0..<applied.count, using: &random)
            if isRecorded { note("the database has lost all after \(kept) of \(applied), up to \(lost)") }
            applied.removeLast(applied.count - kept)
            last = applied.last ?? 0
        }
        if random.chance(0.05) { deliverAgain(to: index) } else if random.chance(0.5) { deliverNext(to: index) }
        advance(index)
        return false
    }

    private mutating func deliverNext(to index: Int) {
        let fresh = stream.filter { $0 > consumer.delivered }
        guard !fresh.isEmpty, case .fetch = processors[index].action else { return }
        for sequence in fresh.prefix(Int.random(in: 1...3, using: &random)) {
            consumer.delivered = sequence
            send(sequence, to: index, isFirst: true)
        }
    }

    private mutating func deliverAgain(to index: Int) {
        for sequence in consumer.pending.sorted() where random.chance(0.7) { send(sequence, to: index, isFirst: false) }
    }

    private mutating func send(_ sequence: UInt64, to index: Int, isFirst: Bool) {
        consumer.deliveries += 1
        consumer.pending.insert(sequence)
        if pinsClient && (pin?.processor != index || random.chance(0.02)) {
            lastPin += 1
            pin = ("\(lastPin)", index)
        }
        if isRecorded {
            note("delivery \(consumer.deliveries) has \(sequence) for processor \(index), pin \(pin?.id ?? "none")")
        }
        if random.chance(0.05) {
            if isRecorded { note("  and is lost") }
            return
        }
        processors[index].inbox.append(
            (
                .init(
                    streamSequence: sequence, consumerSequence: consumer.deliveries, isFirst: isFirst,
                    message: Int(sequence)), pin?.id
            ))
    }

    private mutating func advance(_ index: Int) {
        switch processors[index].action {
        case .fetch:
            if processors[index].inbox.isEmpty {
                if random.chance(0.02) { handle(.nudged, at: index) }
                return
            }
            let count = Int.random(in: 1...processors[index].inbox.count, using: &random)
            let taken = Array(processors[index].inbox.prefix(count))
            processors[index].inbox.removeFirst(count)
            handle(
                .delivered(taken.map(\.delivery), firstPin: taken.first?.pin, lastPin: taken.last?.pin), at: index)
        case .locate:
            guard let decided = processors[index].decidedRead else {
                processors[index].decidedRead = last
                return
            }
            processors[index].decidedRead = nil
            let position = PartitionProtocol<Int>.ConsumerPosition(
                streamSequence: consumer.delivered, consumerSequence: consumer.deliveries, pin: pin?.id)
            handle(.located(decided: decided, consumer: position), at: index)
        case .read(let from, let through), .compare(let from, let through):
            let all = stream.filter { from <= $0 && $0 <= through }
            let page = all.prefix(Int.random(in: 1...4, using: &random))
            handle(
                .read(
                    page.map { .init(streamSequence: $0, message: Int($0)) }, isComplete: page.count == all.count),
                at: index)
        case .apply(let batch, let decided):
            guard last >= decided else {
                if isRecorded { note("processor \(index) finds the database behind \(decided) and begins anew") }
                processors[index] = Self.started(rules)
                return
            }
            let new = batch.map(\.streamSequence).filter { $0 > last || !rules.skips }
            applied.append(contentsOf: new)
            last = max(last, batch.last?.streamSequence ?? 0)
            decidedOnce = max(decidedOnce, last)
            if isRecorded { note("processor \(index) commits \(new)") }
            // The commit's answer is lost: the worker can't know, and applies the same batch again.
            if random.chance(0.1) {
                if isRecorded { note("  and never hears of it") }
                return
            }
            handle(.applied, at: index)
        case .acknowledge(let batch):
            acknowledge(batch.map(\.streamSequence))
            handle(.acknowledged, at: index)
        }
    }

    private mutating func acknowledge(_ sequences: [UInt64]) {
        if acknowledgesAll {
            guard let through = sequences.max() else { return }
            if random.chance(0.05) {
                troubles.lostAcknowledgements += 1
                return
            }
            if isRecorded { note("  acknowledges all up to \(through)") }
            undecided = consumer.pending.filter { $0 <= through && $0 > decidedOnce }.min()
            consumer.pending = consumer.pending.filter { $0 > through }
        } else {
            for sequence in sequences {
                if random.chance(0.05) {
                    troubles.lostAcknowledgements += 1
                } else if consumer.pending.remove(sequence) != nil, sequence > decidedOnce {
                    undecided = sequence
                }
            }
        }
    }

    private mutating func handle(_ event: PartitionProtocol<Int>.Event, at index: Int) {
        processors[index].action = processors[index].machine.handle(event)
        if isRecorded { note("processor \(index): \(event) -> \(processors[index].action)") }
    }

    private mutating func note(_ line: String) {
        history.append(line)
    }
}
