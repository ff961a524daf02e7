// One table behind a cache: a database, a Redis that fails, processors, and two read APIs with two connections each.
import Cache
import Operations
import TestSupport

/// What happens is chosen by a seeded generator: commands wait on their way to Redis and replies on their way back, in
/// any order, queries see the database at one moment and return at another.
struct SimulatedCache {
    /// What keeps reads fresh, so that tests can switch one off and see the violation that it prevents.
    struct Rules {
        /// A processor invalidates before anybody can learn that a write has completed.
        var invalidatesFirst = true
        /// Who could not invalidate serves nothing cached before it could.
        var distrustsAfterFailure = true
        /// What was asked before a table was trusted is not believed because it is by now.
        var looksAtMoment = true
        /// An invalidation sets a value that was never used before, rather than counting up.
        var usesTokens = true
        /// An entry counts only within the run of the Redis server in which it was stored: behind a proxy the server may
        /// be another one while the connection stays.
        var looksAtRun = true
        /// A copy in memory is served only after its version was compared.
        var checksCopies = true
        /// A result is stored under the version that was current before its query began.
        var asksBeforeQuery = true
    }

    private struct Redis {
        var run = 1
        var token: CacheToken?
        var counter: UInt64 = 0
        var entry: CacheEntry?
    }

    /// One read of a client.
    private struct Read {
        let need: Int
        let host: Int
        let link: Int
        var machine = CacheRead()
        /// From when its last question was asked.
        var stamp: CacheTrust.Stamp?
    }

    /// What one of the hosts keeps.
    private struct Host {
        var copy: CacheEntry?
        var flights = QueryFlights<Int>()
        var links = [Link(), Link()]
    }

    /// One connection of a host.
    private struct Link {
        var trust = CacheTrust()
        /// Reads that wait for an invalidation under way.
        var waiting: [Int] = []
    }

    /// Something that happens later, in any order.
    private enum Pending {
        case command(read: Int, CacheRead.Action)
        /// `others`: further links of the host that it serves, with their connections.
        case invalidateFirst(read: Int, others: [Int: UInt64])
        case reply(read: Int, CacheRead.Event, connection: UInt64)
        case invalidatedFirst(read: Int, others: [Int: UInt64], CacheRead.Event, connection: UInt64)
        case query(read: Int, QueryFlights<Int>.ID)
        case result(read: Int, QueryFlights<Int>.ID, version: Int)
        case store(host: Int, QueryFlights<Int>.ID, CacheEntry)
        case stored(host: Int, QueryFlights<Int>.ID)
        /// `failures`: how many could not do it, first the processor, then one read API after another.
        case invalidate(version: Int, failures: Int)
        case complete(version: Int)
    }

    private let rules: Rules
    private var random: SeededNumbers
    private var redis = Redis()
    /// To Redis, or to a proxy before it.
    private var connection: UInt64 = 1
    private var saved: Redis?
    private var database = 0
    private var seen = 0
    private var hosts = [Host(), Host()]
    private var reads: [Read] = []
    private var pending: [Pending] = []
    private(set) var answered = 0
    private(set) var hits = 0
    private(set) var violation: String?

    init(seed: UInt64, rules: Rules) {
        self.rules = rules
        random = SeededNumbers(seed: seed)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where violation == nil {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<4: write()
            case 4..<5: fail()
            case 5..<25: begin()
            default:
                guard !pending.isEmpty else { continue }
                advance(pending.remove(at: Int.random(in: 0..<pending.count, using: &random)))
            }
        }
    }

    // MARK: - What happens by itself

    private mutating func write() {
        database += 1
        pending.append(
            rules.invalidatesFirst ? .invalidate(version: database, failures: 0) : .complete(version: database))
    }

    private mutating func fail() {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: saved = redis
        case 1: restart(with: Redis())
        case 2:
            guard let saved else { return }
            restart(with: saved)
        case 3:
            redis.token = nil
            redis.counter = 0
        case 4: redis.entry = nil
        default: return
        }
    }

    private mutating func restart(with content: Redis) {
        let run = redis.run + 1
        redis = content
        redis.run = run
        if random.chance(0.75) { connection += 1 }
    }

    private mutating func begin() {
        let host = Int.random(in: 0..<hosts.count, using: &random)
        let link = Int.random(in: 0..<hosts[host].links.count, using: &random)
        reads.append(Read(need: seen, host: host, link: link))
        let copy = hosts[host].copy
        if !rules.checksCopies, let copy { return answer(reads.count - 1, copy.body) }
        step(reads.count - 1, .began(local: copy))
    }

    private var runID: String { rules.looksAtRun ? String(redis.run) : "0" }

    private mutating func newToken() -> CacheToken {
        if rules.usesTokens { return CacheToken(using: &random) }
        redis.counter += 1
        var counter = Counter(value: redis.counter)
        return CacheToken(using: &counter)
    }

    /// Makes of a counter what `INCR` would.
    private struct Counter: RandomNumberGenerator {
        let value: UInt64
        mutating func next() -> UInt64 { value }
    }

    // MARK: - A read, as TableCache makes it

    private mutating func step(_ read: Int, _ event: CacheRead.Event) {
        let host = reads[read].host
        switch reads[read].machine.handle(event) {
        case .answerLocal(let entry):
            hits += 1
            answer(read, entry.body)
        case .answer(let entry):
            hits += 1
            hosts[host].copy = entry
            answer(read, entry.body)
        case .query(let version): join(read, .init(key: "list", version: version))
        case .queryUncached: join(read, .init(key: "list", version: nil))
        case let command: ask(command, for: read)
        }
    }

    private mutating func ask(_ command: CacheRead.Action, for read: Int) {
        reads[read].stamp = hosts[reads[read].host].links[reads[read].link].trust.stamp(of: "table")
        pending.append(.command(read: read, command))
    }

    private mutating func join(_ read: Int, _ id: QueryFlights<Int>.ID) {
        switch hosts[reads[read].host].flights.join(id, read) {
        case .lead: pending.append(.query(read: read, id))
        case .wait: return
        case .done(let body): answer(read, body)
        }
    }

    private mutating func answer(_ read: Int, _ body: CachedBody) {
        answered += 1
        let version = Int(String(decoding: body.bytes, as: UTF8.self)) ?? -1
        if version < reads[read].need {
            violation = "version \(version) was read after \(reads[read].need) had completed"
        }
    }

    // MARK: - Going on

    private mutating func advance(_ event: Pending) {
        switch event {
        case .command(let read, let action): execute(action, for: read)
        case .invalidateFirst(let read, let others):
            let token = newToken()
            redis.token = token
            pending.append(
                .invalidatedFirst(
                    read: read, others: others, .created(CacheVersion(token: token, runID: runID)),
                    connection: connection))
        case .reply(let read, let event, let connection): take(event, for: read, on: connection)
        case .invalidatedFirst(let read, let others, let event, let connection):
            let host = reads[read].host
            let connections = others.merging([reads[read].link: connection]) { $1 }
            var waiting: [Int] = []
            for (link, connection) in connections.sorted(by: { $0.key < $1.key }) {
                hosts[host].links[link].trust.finished("table", on: connection)
                waiting += hosts[host].links[link].waiting
                hosts[host].links[link].waiting = []
            }
            step(read, event)
            for read in waiting { ask(.fetch, for: read) }
        case .query(let read, let id): pending.append(.result(read: read, id, version: database))
        case .result(let read, let id, let version): finish(read, id, version)
        case .store(let host, let id, let entry):
            redis.entry = entry
            pending.append(.stored(host: host, id))
        case .stored(let host, let id): hosts[host].flights.forget(id)
        case .invalidate(let version, let failures): invalidate(for: version, failures: failures)
        case .complete(let version):
            seen = max(seen, version)
            if !rules.invalidatesFirst { pending.append(.invalidate(version: version, failures: 0)) }
        }
    }

    /// What a processor could not do, the read API does that is asked for the status; where it can't either, it asks the
    /// other.
    private mutating func invalidate(for version: Int, failures: Int) {
        if random.chance(failures == 0 ? 0.05 : 0.5) {
            if failures > 0, rules.distrustsAfterFailure {
                let host = failures - 1
                for link in hosts[host].links.indices { hosts[host].links[link].trust.distrust("table") }
            }
            if failures < hosts.count {
                return pending.append(.invalidate(version: version, failures: failures + 1))
            }
        } else {
            redis.token = newToken()
        }
        if rules.invalidatesFirst { pending.append(.complete(version: version)) }
    }

    private mutating func execute(_ action: CacheRead.Action, for read: Int) {
        let event: CacheRead.Event
        switch action {
        case .lookUpVersion:
            event = .version(redis.token.map { CacheVersion(token: $0, runID: runID) })
        case .fetch: event = .fetched(token: redis.token, entry: redis.entry, runID: runID)
        case .createVersion:
            let token = redis.token ?? newToken()
            redis.token = token
            event = .created(CacheVersion(token: token, runID: runID))
        default: return
        }
        pending.append(.reply(read: read, event, connection: connection))
    }

    private mutating func take(_ event: CacheRead.Event, for read: Int, on connection: UInt64) {
        let (host, link) = (reads[read].host, reads[read].link)
        let trust = hosts[host].links[link].trust
        let stamp = rules.looksAtMoment ? reads[read].stamp : trust.stamp(of: "table")
        let isTrusted = hosts[host].links[link].trust.isTrusted("table", on: connection, since: stamp)
        switch event {
        case .version: step(read, isTrusted ? event : .version(nil))
        case .fetched:
            if isTrusted { return step(read, event) }
            switch hosts[host].links[link].trust.begin("table") {
            case .trusted: ask(.fetch, for: read)
            case .underWay: hosts[host].links[link].waiting.append(read)
            case .begun:
                var others: [Int: UInt64] = [:]
                for other in hosts[host].links.indices where other != link {
                    if hosts[host].links[other].trust.begin("table") == .begun { others[other] = self.connection }
                }
                pending.append(.invalidateFirst(read: read, others: others))
            }
        default: step(read, isTrusted ? event : .unavailable)
        }
    }

    private mutating func finish(_ read: Int, _ id: QueryFlights<Int>.ID, _ version: Int) {
        let host = reads[read].host
        let body = CachedBody(bytes: Array(String(version).utf8), etag: "\"\(version)\"")
        let (waiting, leader) = hosts[host].flights.finish(id, body: body)
        if var current = id.version {
            if !rules.asksBeforeQuery, let token = redis.token { current = CacheVersion(token: token, runID: runID) }
            let entry = CacheEntry(version: current, body: body, expiry: Timestamp(microseconds: .max))
            hosts[host].copy = entry
            pending.append(.store(host: host, id, entry))
        }
        for reader in [read] + waiting { answer(reader, body) }
        if let leader { pending.append(.query(read: leader, id)) }
    }
}
