// The thread of `jspg bench follow`.
import NIOCore

/// Sends writes at a fixed rate and follows each to its end, on one event loop.
final class FollowWorker: ConnectionOwner {
    typealias Ticket = FollowStep

    private enum Phase {
        case connecting, running, draining, finished
    }

    private let plan: FollowPlan
    private let eventLoop: any EventLoop
    private let request: StatusRequest
    private var writer: RequestWriter
    private var gateway: ConnectionPool<FollowWorker>?
    private var readAPI: ConnectionPool<FollowWorker>?
    private var phase = Phase.connecting
    private var window = MeasuredWindow(start: 0, warmUp: 0, duration: 0)
    private var schedule: OpenLoopSchedule?
    private var isTimerSet = false
    /// By intended start, ended ones among them until they are the oldest.
    private var operations = CircularBuffer<FollowedOperation>()
    /// Those whose status waits for a free connection.
    private var toAsk = CircularBuffer<FollowedOperation>()
    private var tally = FollowTally()
    private let result: EventLoopPromise<FollowTally>

    init(_ plan: FollowPlan, gateway: SocketAddress, readAPI: SocketAddress, on eventLoop: any EventLoop) {
        self.plan = plan
        self.eventLoop = eventLoop
        request = StatusRequest(plan.readAPI, plan.method)
        writer = RequestWriter(plan.request, values: RequestValues(number: RequestValues.randomBase(), stride: 1))
        result = eventLoop.makePromise()
        self.gateway = ConnectionPool(
            .init(address: gateway, count: plan.connections, keepsContent: true), owner: self, on: eventLoop)
        if plan.method != .prefer {
            self.readAPI = ConnectionPool(
                .init(address: readAPI, count: plan.connections, keepsContent: true), owner: self, on: eventLoop)
        }
    }

    /// Done when each connection was tried.
    func open() -> EventLoopFuture<Void> {
        let all = [gateway?.open(), readAPI?.open()].compactMap(\.self)
        return EventLoopFuture.andAllSucceed(all, on: eventLoop)
    }

    func run(_ window: MeasuredWindow) -> EventLoopFuture<FollowTally> {
        self.window = window
        schedule = OpenLoopSchedule(start: window.start, rate: plan.rate, duration: plan.warmUp + plan.duration)
        at(window.start) {
            self.phase = .running
            self.pump()
            self.sweep()
        }
        // What the warm-up left in the queue would be in the way of what counts.
        at(window.measured) { self.schedule?.skip(to: window.measured) }
        at(window.end) {
            self.phase = .draining
            self.tally.writes.unsent = self.schedule?.takeRest(from: window.measured) ?? 0
        }
        return result.futureResult
    }

    private func at(_ time: UInt64, _ body: @escaping () -> Void) {
        eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time), body)
    }

    // MARK: - Sending

    /// Sends the writes that are due as far as connections are free, and comes again when the next is due.
    private func pump() {
        isTimerSet = false
        guard phase == .running else { return }
        let now = LoadClock.now
        while let upcoming = schedule?.upcoming {
            guard upcoming <= now else {
                isTimerSet = true
                at(upcoming) { self.pump() }
                return
            }
            // Without a free connection, the next one that becomes free goes on.
            guard let connection = gateway?.takeFree(), let intended = schedule?.take(dueBy: now) else { return }
            let operation = FollowedOperation(intended: intended, sent: now)
            operations.append(operation)
            connection.send(.write(operation), at: now) { writer.write(into: &$0) }
            connection.flush()
        }
    }

    private func ask(_ operation: FollowedOperation) {
        toAsk.append(operation)
        askWaiting()
    }

    private func askWaiting() {
        while !toAsk.isEmpty, let connection = readAPI?.takeFree() {
            guard let operation = toAsk.popFirst() else { return }
            connection.send(.status(operation), at: LoadClock.now) { request.write(operation.location, into: &$0) }
            connection.flush()
        }
    }

    /// Gives up what takes too long, and ends the run when nothing is left to wait for.
    private func sweep() {
        guard phase != .finished else { return }
        let now = LoadClock.now
        while let oldest = operations.first {
            if !oldest.hasEnded {
                guard oldest.intended + LoadClock.nanoseconds(FollowPlan.longest) < now else { break }
                end(oldest) { $0.lost += 1 }
            }
            operations.removeFirst()
        }
        if phase == .draining && operations.isEmpty {
            phase = .finished
            gateway?.stop()
            readAPI?.stop()
            (gateway, readAPI) = (nil, nil)
            result.succeed(tally)
            return
        }
        at(now + 10_000_000) { self.sweep() }
    }

    // MARK: - Ends

    private func end(_ operation: FollowedOperation, _ count: (inout FollowTally) -> Void) {
        guard !operation.hasEnded else { return }
        operation.hasEnded = true
        if operation.intended >= window.measured { count(&tally) }
    }

    /// - Returns: whether the status is final.
    private func conclude(_ operation: FollowedOperation, _ status: String?, at now: UInt64) -> Bool {
        switch status {
        case "completed":
            end(operation) {
                $0.completed += 1
                $0.writes.latency.record(from: operation.intended, to: now)
                $0.writes.serviceTime.record(from: operation.sent, to: now)
            }
        case "failed": end(operation) { $0.failed += 1 }
        default: return false
        }
        return true
    }

    private func writeAnswered(
        _ operation: FollowedOperation, _ response: HTTPResponse, _ reader: ResponseReader, _ now: UInt64
    ) {
        if operation.intended >= window.measured, !operation.hasEnded {
            tally.writes.count(response)
            tally.accepted.record(from: operation.intended, to: now)
        }
        switch (response.status, plan.method) {
        case (200, .prefer), (201, .prefer): _ = conclude(operation, "completed", at: now)
        case (409, .prefer): _ = conclude(operation, "failed", at: now)
        case (202, .prefer): end(operation) { $0.lost += 1 }
        case (202, _) where !reader.location.isEmpty:
            operation.location = StatusText.path(ofLocation: reader.location)
            ask(operation)
        default: end(operation) { $0.writes.count(.connection("the gateway answered \(response.status)")) }
        }
    }

    private func statusAnswered(
        _ sent: SentRequest<FollowStep>, _ response: HTTPResponse, _ reader: ResponseReader, _ now: UInt64
    ) {
        let operation = sent.ticket.operation
        guard !operation.hasEnded else { return }
        let isStream = plan.method == .serverSentEvents && response.status == 200
        let status = isStream ? StatusText.lastStatus(inEvents: reader.body) : StatusText.status(reader.body)
        if response.status == 200, conclude(operation, status, at: now) { return }
        // A long poll is asked again at once; what was refused is not.
        let isAtOnce = plan.method == .longPoll && response.status == 200
        let next = isAtOnce ? now : max(now, sent.sent + UInt64(plan.pollInterval * 1e6))
        if next == now { ask(operation) } else { at(next) { self.ask(operation) } }
    }

    // MARK: - ConnectionOwner

    func isFree(_ connection: LoadConnection<FollowWorker>, at now: UInt64) {
        guard phase != .finished else { return }
        connection.pool.list(connection)
        if connection.pool === readAPI { askWaiting() } else if !isTimerSet { pump() }
    }

    func answered(
        _ sent: SentRequest<FollowStep>, _ response: HTTPResponse, on connection: LoadConnection<FollowWorker>,
        at now: UInt64
    ) {
        guard phase != .finished else { return }
        switch sent.ticket {
        case .write(let operation): writeAnswered(operation, response, connection.reader, now)
        case .status: statusAnswered(sent, response, connection.reader, now)
        }
    }

    func progressed(
        _ sent: SentRequest<FollowStep>, on connection: LoadConnection<FollowWorker>, at now: UInt64
    ) {
        guard plan.method == .serverSentEvents, case .status(let operation) = sent.ticket else { return }
        _ = conclude(operation, StatusText.lastStatus(inEvents: connection.reader.body), at: now)
    }

    func lost(_ sent: SentRequest<FollowStep>, _ failure: ConnectionFailure) {
        let operation = sent.ticket.operation
        guard phase != .finished, !operation.hasEnded else { return }
        if operation.intended >= window.measured { tally.writes.count(failure) }
        switch sent.ticket {
        case .write: end(operation) { $0.lost += 1 }
        case .status: ask(operation)
        }
    }

    func failedToConnect(_ failure: ConnectionFailure) {
        if phase == .running, LoadClock.now >= window.measured { tally.writes.count(failure) }
    }
}
