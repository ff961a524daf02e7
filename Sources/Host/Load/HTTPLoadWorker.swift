// One thread of `jspg bench http`.
import NIOCore

/// Sends one kind of request over the connections of one event loop and counts the answers.
final class HTTPLoadWorker: ConnectionOwner {
    /// The intended start.
    typealias Ticket = UInt64

    private enum Phase {
        case connecting, running
        /// Nothing new is sent; an open loop waits for the answers that are missing.
        case draining
        case finished
    }

    private let eventLoop: any EventLoop
    private let isOpenLoop: Bool
    private let makeSchedule: (UInt64) -> OpenLoopSchedule?
    private var writer: RequestWriter
    private var pool: ConnectionPool<HTTPLoadWorker>?
    private var phase = Phase.connecting
    private var window = MeasuredWindow(start: 0, warmUp: 0, duration: 0)
    private var schedule: OpenLoopSchedule?
    private var isTimerSet = false
    private var underWay = 0
    private var tally = LoadTally()
    private let result: EventLoopPromise<LoadTally>

    /// - Parameters:
    ///   - thread: 0 to the plan's threads - 1.
    ///   - numberBase: the run's first number.
    init(_ plan: HTTPLoadPlan, address: SocketAddress, thread: Int, numberBase: UInt64, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        isOpenLoop = plan.rate != nil
        makeSchedule = { start in
            plan.rate.map {
                OpenLoopSchedule(
                    start: start, rate: $0, duration: plan.warmUp + plan.duration, part: thread, parts: plan.threads)
            }
        }
        writer = RequestWriter(
            plan.request,
            values: RequestValues(number: numberBase &+ UInt64(thread), stride: UInt64(plan.threads)))
        result = eventLoop.makePromise()
        let share = plan.connections / plan.threads + (thread < plan.connections % plan.threads ? 1 : 0)
        pool = ConnectionPool(
            .init(address: address, count: share, depth: plan.pipeline, isBodyless: plan.request.method == "HEAD"),
            owner: self, on: eventLoop)
    }

    /// Done when each connection was tried.
    func open() -> EventLoopFuture<Void> { pool?.open() ?? eventLoop.makeSucceededVoidFuture() }

    func run(_ window: MeasuredWindow) -> EventLoopFuture<LoadTally> {
        self.window = window
        schedule = makeSchedule(window.start)
        at(window.start) { self.start() }
        // What the warm-up left in the queue would be in the way of what counts.
        at(window.measured) { self.schedule?.skip(to: window.measured) }
        at(window.end) { self.drain() }
        return result.futureResult
    }

    private func at(_ time: UInt64, _ body: @escaping () -> Void) {
        eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time), body)
    }

    private func start() {
        phase = .running
        guard !isOpenLoop else {
            pump()
            return
        }
        while let connection = pool?.takeFree() {
            isFree(connection, at: LoadClock.now)
            connection.flush()
        }
    }

    /// Open loop: sends what is due as far as connections are free, and comes again when the next is due.
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
            guard let connection = pool?.takeFree() else { return }
            sendDue(on: connection, at: now)
            connection.flush()
            pool?.list(connection)
        }
    }

    private func sendDue(on connection: LoadConnection<HTTPLoadWorker>, at now: UInt64) {
        if connection.hasRoom, let intended = schedule?.take(dueBy: now) {
            send(on: connection, intended: intended, at: now)
        }
    }

    private func send(on connection: LoadConnection<HTTPLoadWorker>, intended: UInt64, at now: UInt64) {
        underWay += 1
        connection.send(intended, at: now) { writer.write(into: &$0) }
    }

    private func drain() {
        phase = .draining
        tally.unsent = schedule?.takeRest(from: window.measured) ?? 0
        finishIfDone()
    }

    private func finishIfDone() {
        // The answers that a closed loop gets now are beyond the measured time.
        guard phase == .draining, underWay == 0 || !isOpenLoop else { return }
        phase = .finished
        pool?.stop()
        pool = nil
        result.succeed(tally)
    }

    private func isMeasured(intended: UInt64, ended: UInt64) -> Bool {
        isOpenLoop ? intended >= window.measured : window.contains(ended)
    }

    // MARK: - ConnectionOwner

    func isFree(_ connection: LoadConnection<HTTPLoadWorker>, at now: UInt64) {
        guard phase == .running, isOpenLoop else {
            if phase == .running {
                while connection.hasRoom { send(on: connection, intended: now, at: now) }
            } else if phase == .connecting {
                pool?.list(connection)
            }
            return
        }
        sendDue(on: connection, at: now)
        pool?.list(connection)
        // The timer is not set while no connection is free.
        if !isTimerSet { pump() }
    }

    func answered(
        _ sent: SentRequest<UInt64>, _ response: HTTPResponse, on connection: LoadConnection<HTTPLoadWorker>,
        at now: UInt64
    ) {
        guard phase != .finished else { return }
        underWay -= 1
        if isMeasured(intended: sent.ticket, ended: now) {
            tally.count(response)
            tally.latency.record(from: sent.ticket, to: now)
            // In a closed loop they are the same.
            if isOpenLoop { tally.serviceTime.record(from: sent.sent, to: now) }
        }
        if phase == .draining { finishIfDone() }
    }

    func progressed(
        _ sent: SentRequest<UInt64>, on connection: LoadConnection<HTTPLoadWorker>, at now: UInt64
    ) {}

    func lost(_ sent: SentRequest<UInt64>, _ failure: ConnectionFailure) {
        guard phase != .finished else { return }
        underWay -= 1
        if isMeasured(intended: sent.ticket, ended: LoadClock.now) { tally.count(failure) }
        if phase == .draining { finishIfDone() }
    }

    func failedToConnect(_ failure: ConnectionFailure) {
        if phase == .running, LoadClock.now >= window.measured { tally.count(failure) }
    }
}
