// Hosts that come, go and reload, with news that is late: which schema versions go into service.
import PluginHost
import Rollout
import TestSupport
import Testing

/// Processors and gateways over one store with compare-and-set; each has a view of its own that lags behind.
private struct SimulatedHosts {
    var random: SeededNumbers
    /// The store: what is in service, and each processor that lives.
    var active: (schema: ActiveSchema, revision: UInt64)?
    var revision: UInt64 = 0
    var processors: [String: Int] = [:]
    /// Everything that was announced, in order; each host has read some of it.
    var log: [SchemaAgreement.Event] = []
    var views: [String: View] = [:]
    var history: [String] = []
    var newest = 1
    /// How often somebody rolled back.
    private(set) var lowered = 0
    let usesCompareAndSet: Bool

    struct View {
        var agreement = SchemaAgreement()
        /// How much of the log it has read.
        var read = 0
        /// The processors that live, as far as it has read.
        var processors: [String: Int] = [:]
    }

    init(seed: UInt64, usesCompareAndSet: Bool = true) {
        random = SeededNumbers(seed: seed)
        self.usesCompareAndSet = usesCompareAndSet
    }

    mutating func announce(_ id: String, _ version: Int?) {
        processors[id] = version
        log.append(.processor(id: id, versions: version.map { ["t": $0] }))
    }

    /// A host reads some of what it has not read yet, and a processor stores what follows.
    mutating func catchUp(_ id: String, all: Bool = false) -> String? {
        var view = views[id] ?? View()
        let end = all ? log.count : Int.random(in: view.read...log.count, using: &random)
        for event in log[view.read..<end] {
            view.agreement.handle(event)
            if case .processor(let processor, let versions) = event { view.processors[processor] = versions?["t"] }
        }
        view.read = end
        views[id] = view
        guard processors[id] != nil else { return nil }
        for raise in view.agreement.raises {
            if let lowest = view.processors.values.min(), raise.schema.version > lowest {
                return "\(id) raises to \(raise.schema.version), and a processor that lives has \(lowest)"
            }
            if usesCompareAndSet && raise.revision != active?.revision { continue }
            if let before = active?.schema, raise.schema.version < before.version {
                return "\(id) lowered \(before.version) to \(raise.schema.version)"
            }
            revision += 1
            active = (raise.schema, revision)
            log.append(.active(table: "t", raise.schema, revision: revision))
            history.append("\(id) stores \(raise.schema.version)")
        }
        return nil
    }

    /// Somebody rolls back: all processors that live, or all but one, then what is in service.
    mutating func rollBack() -> String? {
        guard let before = active else { return nil }
        let version = Int.random(in: 1...before.schema.version, using: &random)
        let forgotten = random.chance(0.3) ? processors.keys.sorted().first : nil
        for id in processors.keys.sorted() where id != forgotten { announce(id, version) }
        var operatorView = SchemaAgreement()
        for event in log { operatorView.handle(event) }
        guard let change = try? operatorView.lowering("t", to: version) else { return nil }
        if let forgotten, processors[forgotten] ?? 0 > version { return "lowered below what \(forgotten) has" }
        if change.schema.highest < before.schema.highest {
            return "forgot that \(before.schema.highest) was in service"
        }
        guard change.revision == before.revision else { return nil }
        revision += 1
        active = (change.schema, revision)
        lowered += 1
        log.append(.active(table: "t", change.schema, revision: revision))
        history.append("somebody lowers to \(version)")
        return nil
    }

    /// - Returns: what went wrong; `nil`: nothing.
    mutating func run() -> String? {
        for _ in 0..<40 {
            let id = "p\(Int.random(in: 0..<3, using: &random))"
            switch Int.random(in: 0..<13, using: &random) {
            case 0:
                if let fault = rollBack() { return fault }
            case 1, 2:
                newest = min(newest + 1, 5)
            case 3...6:
                // Starts or reloads, with some file that is on its disk.
                let version = Int.random(in: (processors[id] ?? 1)...newest, using: &random)
                history.append("\(id) has \(version)")
                announce(id, version)
            case 7, 8:
                if processors.count > 1 { announce(id, nil) }
                history.append("\(id) ends")
            default:
                if let fault = catchUp(id) { return fault }
            }
            // A gateway never sends above what was ever in service.
            _ = catchUp("gateway")
            if let seen = views["gateway"]?.agreement.active["t"], seen.version > active?.schema.highest ?? 0 {
                return "the gateway serves \(seen.version), of which no processor knows"
            }
        }
        // In the end all have the newest, and hear of everything.
        for id in ["p0", "p1", "p2"] { announce(id, newest) }
        for _ in 0..<4 {
            for id in ["p0", "p1", "p2", "gateway"] {
                if let fault = catchUp(id, all: true) { return fault }
            }
        }
        return views["gateway"]?.agreement.active["t"]?.version == newest
            ? nil : "\(newest) never goes into service"
    }
}

@Suite("Schema agreement, simulated")
struct SchemaAgreementSimulation {
    @Test("20,000 histories: never down by itself, never above what processors know, and the newest in the end")
    func histories() async {
        var lowered = 0
        for seed in 0..<UInt64(20_000) {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            var hosts = SimulatedHosts(seed: seed)
            if let fault = hosts.run() {
                Issue.record("seed \(seed): \(fault)\n\(hosts.history.joined(separator: "\n"))")
                return
            }
            lowered += hosts.lowered
        }
        // Otherwise it would show nothing.
        #expect(lowered > 1_000)
    }

    @Test("without compare-and-set the simulator finds a version that goes down")
    func withoutCompareAndSet() async {
        let isFound = await isShown(in: 0..<2_000) { seed in
            var hosts = SimulatedHosts(seed: seed, usesCompareAndSet: false)
            return hosts.run()?.contains("lowered") == true
        }
        #expect(isFound)
    }
}
