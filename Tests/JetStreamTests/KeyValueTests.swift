// Key-value buckets against a real server.
import Testing

@testable import JetStream

@Suite(.timeLimit(.minutes(3))) struct KeyValueTests {
    private func bucket(_ server: NATSServer) async throws -> KeyValueBucket {
        let (jetStream, about) = try await server.jetStream()
        var configuration = KeyValueConfiguration(bucket: "b")
        configuration.markerTimeToLive = .seconds(2)
        _ = try await KeyValueBucket.ensure(configuration, jetStream: jetStream, server: about)
        return try await KeyValueBucket.ensure(configuration, jetStream: jetStream, server: about)
    }

    @Test func comparesAndSets() async throws {
        let server = try await NATSServer()
        let bucket = try await bucket(server)
        #expect(try await bucket.get("a.b") == nil)
        let first = try #require(try await bucket.create("a.b", bytes("1")))
        #expect(try await bucket.create("a.b", bytes("2")) == nil)
        let entry = try #require(try await bucket.get("a.b"))
        #expect(entry.value == bytes("1") && entry.revision == first && entry.key == "a.b")
        let second = try #require(try await bucket.update("a.b", bytes("2"), revision: first))
        #expect(second > first)
        #expect(try await bucket.update("a.b", bytes("3"), revision: first) == nil)
        #expect(try await bucket.get("a.b")?.value == bytes("2"))
        #expect(try await bucket.getFromLeader("a.b")?.value == bytes("2"))
        try await bucket.delete("a.b")
        #expect(try await bucket.get("a.b") == nil)
        #expect(try await bucket.getFromLeader("a.b") == nil)
        #expect(try await bucket.getFromLeader("never") == nil)
        #expect(try await bucket.create("a.b", bytes("4")) != nil)
        #expect(try await bucket.put("c", []) > second)
        #expect(try await bucket.get("c")?.value == [])
        #expect(Set(try await bucket.entries().map(\.key)) == ["a.b", "c"])
        for key in ["", ".a", "a.", "a..b", "a b", "a>", "*", "ä"] {
            await expect(.refused) { try await bucket.put(key, []) }
        }
        await bucket.jetStream.connection.close()
    }

    @Test func oneOfManyCreatesAKey() async throws {
        let server = try await NATSServer()
        let bucket = try await bucket(server)
        let winners = try await withThrowingTaskGroup(of: UInt64?.self) { group in
            for index in 0..<50 { group.addTask { try await bucket.create("lock", bytes("\(index)")) } }
            return try await group.reduce(into: []) { if let revision = $1 { $0.append(revision) } }
        }
        #expect(winners.count == 1)
        await bucket.jetStream.connection.close()
    }

    @Test func entriesEndWithTheirTimeAndWatchersHearOfIt() async throws {
        let server = try await NATSServer()
        let bucket = try await bucket(server)
        try await bucket.put("old", bytes("0"))
        let watch = try await bucket.watch()
        var seen: [KeyValueEntry] = []
        func see(_ count: Int) async throws {
            while seen.count < count {
                let changes = try await watch.next()
                #expect(changes.isSnapshot == seen.isEmpty)
                seen += changes.entries
            }
        }
        try await see(1)
        #expect(seen.map(\.key) == ["old"] && seen[0].value == bytes("0"))
        try await bucket.put("host.2", bytes("y"))
        try await bucket.delete("old")
        try await see(3)
        #expect(seen.dropFirst().map(\.key) == ["host.2", "old"])
        #expect(seen.dropFirst().map(\.operation) == [.put, .delete])
        try await bucket.put("host.1", bytes("x"), timeToLive: .seconds(1))
        // Both may come at once where the machine is busy.
        try await see(5)
        #expect(seen.dropFirst(3).map(\.key) == ["host.1", "host.1"])
        #expect(seen.dropFirst(3).map(\.operation) == [.put, .expire])
        #expect(try await bucket.get("host.1") == nil)
        #expect(try await bucket.entries().map(\.key) == ["host.2"])
        #expect(try await bucket.create("host.1", bytes("z")) != nil)
        #expect(try await bucket.get("host.1") != nil)
        try await see(6)
        await watch.stop()
        await expect(.closed) { _ = try await watch.next() }
        await bucket.jetStream.connection.close()
    }

    @Test func aWatchGoesOnWithANewConsumer() async throws {
        let server = try await NATSServer()
        let bucket = try await bucket(server)
        try await bucket.put("a", bytes("1"))
        let watch = try await bucket.watch()
        #expect(try await watch.next().entries.map(\.value) == [bytes("1")])
        for consumer in try await bucket.jetStream.consumers(stream: "KV_b") {
            try await bucket.jetStream.deleteConsumer(stream: "KV_b", name: consumer.configuration.name)
        }
        #expect(try await watch.next().entries.map(\.value) == [bytes("1")])
        try await bucket.put("a", bytes("3"))
        #expect(try await watch.next().entries.map(\.value) == [bytes("3")])
        await watch.stop()
        await bucket.jetStream.connection.close()
    }

    @Test func aWatchBeginsWithAllThatThereIs() async throws {
        let server = try await NATSServer()
        let bucket = try await bucket(server)
        for number in 0..<700 { try await bucket.put("key.\(number)", bytes("\(number)")) }
        let watch = try await bucket.watch()
        let first = try await watch.next()
        #expect(first.isSnapshot && Set(first.entries.map(\.key)).count == 700)
        try await bucket.put("key.1", bytes("x"))
        let second = try await watch.next()
        #expect(!second.isSnapshot && second.entries.map(\.key) == ["key.1"])
        await watch.stop()
        await bucket.jetStream.connection.close()
    }
}
