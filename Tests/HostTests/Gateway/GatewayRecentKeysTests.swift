// The memory of recent idempotency keys.
import Gateway
import Operations
import Testing

@Suite("Recent keys")
struct GatewayRecentKeysTests {
    private let digest = RecentKeys.Digest(Fingerprint(method: "POST", path: "/items", body: [1]))

    private func id(_ number: Int) -> OperationID { OperationID.derived(from: "\(number)") }

    private func stored(_ sequence: UInt64) -> RecentKeys.Memory {
        .stored(digest, sequence: sequence, acceptedAt: Timestamp(microseconds: 5))
    }

    @Test("forgets the oldest first and never holds more than its capacity")
    func bounded() {
        var keys = RecentKeys(capacity: 3)
        for number in 0..<10 { keys.remember(id(number), stored(UInt64(number))) }
        #expect(keys.count == 3)
        #expect(keys[id(6)] == nil)
        #expect(keys[id(7)] == stored(7))
        #expect(keys[id(9)] == stored(9))
    }

    @Test("what is stored stays stored, what was uncertain becomes stored")
    func upgrades() {
        var keys = RecentKeys(capacity: 3)
        keys.remember(id(1), .uncertain)
        #expect(keys[id(1)] == .uncertain)
        keys.remember(id(1), stored(4))
        keys.remember(id(1), .uncertain)
        #expect(keys[id(1)] == stored(4))
        #expect(keys.count == 1)
    }

    @Test("what a server may have lost is asked for again, and its fingerprint is known all the same")
    func unconfirmed() {
        var keys = RecentKeys(capacity: 3)
        keys.remember(id(1), stored(4))
        keys.remember(id(2), .uncertain)
        keys.unconfirm()
        #expect(keys[id(1)] == .unconfirmed(digest) && keys[id(2)] == .uncertain)
        keys.remember(id(1), .uncertain)
        #expect(keys[id(1)] == .unconfirmed(digest))
        keys.remember(id(1), stored(9))
        #expect(keys[id(1)] == stored(9))
    }

    @Test("a capacity of nothing remembers nothing")
    func none() {
        var keys = RecentKeys(capacity: 0)
        keys.remember(id(1), stored(1))
        #expect(keys[id(1)] == nil)
    }

    @Test("requests that differ in method, path or body have different digests")
    func digests() {
        let requests = [
            ("POST", "/items", [UInt8(1)]), ("POST", "/items", [2]), ("POST", "/item", [1]), ("PUT", "/items", [1]),
        ]
        let digests = requests.map { RecentKeys.Digest(Fingerprint(method: $0.0, path: $0.1, body: $0.2)) }
        #expect(Set(digests).count == 4)
        #expect(digests[0] == digest)
    }
}
