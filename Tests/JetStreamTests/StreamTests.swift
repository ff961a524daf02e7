// Streams and consumers that exist already, and reading without a consumer, against a real server.
import JSON
import Testing

@testable import JetStream

@Suite(.timeLimit(.minutes(3))) struct StreamTests {
    @Test func serverSaysWhatItCan() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        #expect(about.apiLevel >= 2)
        #expect(about.version?.hasPrefix("2.") == true)
        await jetStream.connection.close()
    }

    @Test func ensuringTwiceChangesNothingAndUpdatesWhatDiffers() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        var wanted = StreamConfiguration.test()
        wanted.maxBytes = 10_000_000
        let first = try await jetStream.ensureStream(wanted, server: about)
        #expect(first.configuration == wanted)
        #expect(try await jetStream.ensureStream(wanted, server: about) == first)
        // Somebody added a subject and a description; we want another limit and one more subject.
        let body = """
            {"name":"T","subjects":["t.>","extra"],"description":"mine","retention":"limits","storage":"file",
            "discard":"new","num_replicas":1,"max_bytes":10000000,"duplicate_window":120000000000,
            "allow_direct":true,"allow_atomic":true,"metadata":{"a":"b"}}
            """
        _ = try await jetStream.api("STREAM.UPDATE.T", bytes(body))
        wanted.maxBytes = 20_000_000
        wanted.subjects.append("more")
        wanted.maxAge = .seconds(3600)
        let updated = try await jetStream.ensureStream(wanted, server: about)
        #expect(updated.configuration.subjects == ["t.>", "extra", "more"])
        #expect(updated.configuration.maxBytes == 20_000_000 && updated.configuration.maxAge == .seconds(3600))
        let json = try await jetStream.api("STREAM.INFO.T")
        #expect(json["config"]?["description"]?.string == "mine")
        #expect(json["config"]?["metadata"]?["a"]?.string == "b")
        await jetStream.connection.close()
    }

    @Test func refusesAStreamThatCannotServe() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        let body = #"{"name":"T","subjects":["t.>"],"retention":"workqueue","storage":"memory","deny_purge":true}"#
        _ = try await jetStream.api("STREAM.CREATE.T", bytes(body))
        let error = await #expect(throws: JetStreamError.self) {
            _ = try await jetStream.ensureStream(.test(), server: about)
        }
        #expect(error?.kind == .cannotServe)
        #expect(
            error?.message
                == "the existing stream T can't be used: its storage is memory, it must be file; "
                + "its retention is workqueue, it must be limits; it can't be purged (deny_purge)")
        // Another stream has the subject.
        let overlap = await #expect(throws: JetStreamError.self) {
            var other = StreamConfiguration.test("U")
            other.subjects = ["t.1"]
            _ = try await jetStream.ensureStream(other, server: about)
        }
        #expect(overlap?.message.contains("overlap") == true)
        await jetStream.connection.close()
    }

    @Test func withoutAtomicBatchesTheStreamIsMadeWithoutThem() async throws {
        let server = try await NATSServer()
        let (jetStream, _) = try await server.jetStream()
        let old = JetStreamServer(version: "2.11.4", apiLevel: 1)
        #expect(try await jetStream.ensureStream(.test(), server: old).allowsAtomicPublish == false)
        await jetStream.connection.close()
    }

    @Test func aServerWithoutJetStreamIsRefused() async throws {
        let server = try await NATSServer(
            """
            accounts {
              A { users: [{user: a, password: a}] }
              B { jetstream: enabled, users: [{user: b, password: b}] }
            }
            """)
        let connection = try await server.connect(userInfo: "a:a@")
        await expect(.cannotServe) { _ = try await JetStream(connection).server(waitingUpTo: .seconds(5)) }
        await connection.close()
    }

    @Test func anOldServerIsRefused() async throws {
        // What 2.10 answers: no API level.
        let server = try await NATSServer(hasJetStream: false)
        let connection = try await server.connect()
        let old = try connection.subscribe("$JS.API.INFO") { message in
            let answer = #"{"type":"io.nats.jetstream.api.v1.account_info_response","api":{"total":3,"errors":0}}"#
            connection.publish([NATSMessage(subject: message.reply ?? "", payload: bytes(answer))])
        }
        let error = await #expect(throws: JetStreamError.self) {
            _ = try await JetStream(connection).server(waitingUpTo: .seconds(5))
        }
        #expect(error?.kind == .cannotServe)
        #expect(error?.message.contains("2.11 or later is needed") == true)
        old.cancel()
        await connection.close()
    }

    @Test func aMessageWhoseHeadersLibnatsMisreadsIsFoundAllTheSame() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        _ = try await jetStream.ensureStream(.test(), server: about)
        for _ in 0..<3 { try await jetStream.publish("t.1", payload: bytes("before")) }
        try await rawPublish("t.1", headers: "Empty:\r\n", payload: "odd", port: server.port)
        #expect(try await eventually { try await jetStream.streamInfo("T").messages == 4 })
        for _ in 0..<3 { try await jetStream.publish("t.1", payload: bytes("after")) }
        let all = try await jetStream.messages(stream: "T", from: 1, nextBySubject: "t.1", upTo: 7, limit: 100)
        #expect(all.map(\.sequence) == (1...7).map { UInt64($0) })
        #expect(all.map { String(decoding: $0.payload, as: UTF8.self) }[3] == "odd")
        #expect(try await jetStream.message(stream: "T", sequence: 4)?.payload == bytes("odd"))
        await jetStream.connection.close()
    }

    @Test func consumersAreEnsuredUpdatedOrRefused() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        _ = try await jetStream.ensureStream(.test(), server: about)
        var wanted = ConsumerConfiguration(stream: "T", name: "c", filterSubject: "t.1")
        wanted.maxDeliver = 3
        wanted.pinnedClient = .init(group: "w", timeout: .seconds(2))
        let first = try await jetStream.ensureConsumer(wanted)
        #expect(first.configuration == wanted && first.isDone)
        #expect(try await jetStream.ensureConsumer(wanted).configuration == wanted)
        wanted.acknowledgeWait = .seconds(10)
        wanted.filterSubject = "t.2"
        wanted.maxAcknowledgePending = 77
        #expect(try await jetStream.ensureConsumer(wanted).configuration == wanted)
        #expect(try await jetStream.consumerInfo(stream: "T", name: "c").configuration == wanted)
        #expect(try await jetStream.consumers(stream: "T").map(\.configuration) == [wanted])
        // Of an earlier version: each of its messages is acknowledged by itself.
        var forMany = wanted
        forMany.acknowledgePolicy = .all
        #expect(try await jetStream.ensureConsumer(forMany).configuration == wanted)
        wanted.deliverPolicy = .new
        wanted.acknowledgePolicy = .none
        let error = await #expect(throws: JetStreamError.self) { _ = try await jetStream.ensureConsumer(wanted) }
        #expect(
            error?.message
                == "the existing consumer c of stream T can't be used: its acknowledge policy is explicit, "
                + "it must be none; its deliver policy is all, it must be new")
        try await jetStream.deleteConsumer(stream: "T", name: "c")
        await expect(.notFound) { _ = try await jetStream.consumerInfo(stream: "T", name: "c") }
        await expect(.notFound) {
            _ = try await jetStream.ensureConsumer(ConsumerConfiguration(stream: "NONE", name: "c"))
        }
        await jetStream.connection.close()
    }

    @Test func takesMoreConsumersThanTheServersDefault() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        var wanted = StreamConfiguration.test()
        // As an earlier version made it.
        _ = try await jetStream.ensureStream(wanted, server: about)
        wanted.maxConsumers = 5_000
        #expect(try await jetStream.ensureStream(wanted, server: about).configuration.maxConsumers == 5_000)
        for number in 0..<1_005 {
            var consumer = ConsumerConfiguration(stream: "T", name: "c\(number)", filterSubject: "t.\(number)")
            consumer.isInMemory = true
            _ = try await jetStream.ensureConsumer(consumer)
        }
        // What somebody has raised stays.
        wanted.maxConsumers = 2_000
        #expect(try await jetStream.ensureStream(wanted, server: about).configuration.maxConsumers == 5_000)
        await jetStream.connection.close()
    }

    @Test func keepsToWhatTheAccountAllows() async throws {
        let server = try await NATSServer(
            """
            accounts { A { jetstream { max_consumers: 20 }, users: [{ user: a, password: a }] } }
            """)
        let connection = try await server.connect(userInfo: "a:a@")
        let jetStream = JetStream(connection)
        let about = try await jetStream.server(waitingUpTo: .seconds(30))
        var wanted = StreamConfiguration.test()
        wanted.maxConsumers = 5_000
        #expect(try await jetStream.ensureStream(wanted, server: about).configuration.maxConsumers == -1)
        #expect(try await jetStream.ensureStream(wanted, server: about).configuration.maxConsumers == -1)
        await connection.close()
    }

    @Test func readsMessagesDirectlyAndFromTheLeader() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        _ = try await jetStream.ensureStream(.test(), server: about)
        let messages = (1...2500).map { index in
            NATSMessage(subject: "t.\(index % 2)", headers: ["H": "\(index)"], payload: bytes("\(index)"))
        }
        for start in stride(from: 0, to: 2500, by: 500) {
            _ = try await jetStream.publishAtomicBatch(Array(messages[start..<start + 500]))
        }
        let one = try #require(try await jetStream.message(stream: "T", sequence: 7))
        #expect(one.subject == "t.1" && one.sequence == 7 && one.payload == bytes("7") && one.headers["H"] == "7")
        #expect(one.headers["Nats-Sequence"] == nil && one.storedAt.hasSuffix("Z"))
        let leaders = try #require(try await jetStream.leaderMessage(stream: "T", sequence: 7))
        #expect(leaders.subject == one.subject && leaders.headers["H"] == "7" && leaders.payload == one.payload)
        #expect(try await jetStream.message(stream: "T", sequence: 9999) == nil)
        #expect(try await jetStream.leaderMessage(stream: "T", sequence: 9999) == nil)
        #expect(try await jetStream.leaderMessage(stream: "T", from: 8, subject: "t.1")?.sequence == 9)
        #expect(try await jetStream.lastMessage(stream: "T", subject: "t.1")?.sequence == 2499)
        await expect(.notFound) { _ = try await jetStream.message(stream: "NONE", sequence: 1) }

        let odd = try await jetStream.messages(stream: "T", from: 3, nextBySubject: "t.1", upTo: 2400, limit: 5000)
        #expect(odd.map(\.sequence) == stride(from: 3, through: 2399, by: 2).map { UInt64($0) })
        let limited = try await jetStream.messages(stream: "T", from: 1, nextBySubject: "t.0", upTo: .max, limit: 3)
        #expect(limited.map(\.sequence) == [2, 4, 6])
        #expect(try await jetStream.messages(stream: "T", from: 1, nextBySubject: "t.x", upTo: .max, limit: 3) == [])
        #expect(try await jetStream.messages(stream: "T", from: 9, nextBySubject: "t.1", upTo: 8, limit: 3) == [])

        #expect(try await jetStream.deleteMessage("T", sequence: 5))
        #expect(try await jetStream.deleteMessage("T", sequence: 5) == false)
        let around = try await jetStream.messages(stream: "T", from: 1, nextBySubject: "t.1", upTo: 8, limit: 10)
        #expect(around.map(\.sequence) == [1, 3, 7])
        #expect(try await jetStream.purge("T", before: 1001) == 999)
        let info = try await jetStream.streamInfo("T")
        #expect(info.messages == 1_500 && info.lastSequence == 2_500 && info.firstSequence == 1_001)
        await jetStream.connection.close()
    }
}
