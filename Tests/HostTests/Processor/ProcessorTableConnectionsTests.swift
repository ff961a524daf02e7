// One table never has all connections.
import Synchronization
import Testing

@testable import Processor

@Suite("Connections of tables")
struct ProcessorTableConnectionsTests {
    private final class Gate: Sendable {
        private let continuations = Mutex<[CheckedContinuation<Void, Never>]>([])

        var count: Int { continuations.withLock(\.count) }

        func wait() async {
            await withCheckedContinuation { continuation in continuations.withLock { $0.append(continuation) } }
        }

        func open() {
            let all = continuations.withLock { continuations in
                defer { continuations = [] }
                return continuations
            }
            for continuation in all { continuation.resume() }
        }
    }

    @Test("of four connections one table's transactions have three at a time; another table finds the fourth")
    func shares() async {
        let connections = TableConnections(of: 4)
        let gate = Gate()
        await withDiscardingTaskGroup { group in
            for _ in 0..<5 {
                group.addTask { await connections.with("locked") { await gate.wait() } }
            }
            while gate.count < 3 { await Task.yield() }
            let value = await connections.with("other") { 1 }
            #expect(value == 1)
            for _ in 0..<1_000 { await Task.yield() }
            #expect(gate.count == 3)
            // Those that waited have their turn.
            gate.open()
            while gate.count < 2 { await Task.yield() }
            gate.open()
        }
    }

    @Test("with one connection there is one turn after another")
    func one() async {
        let connections = TableConnections(of: 1)
        for number in 0..<3 { #expect(await connections.with("table") { number } == number) }
    }
}
