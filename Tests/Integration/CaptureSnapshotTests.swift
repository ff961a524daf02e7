// What jspg-cdc publishes of the rows that were there before it.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Testing

extension Integration {
    @Suite("Initial snapshot", .serialized)
    struct CaptureSnapshot {
        @Test("an initial snapshot: every row once as of the slot's beginning, then each change after it")
        func initialSnapshot() async throws {
            let stack = try await IntegrationStack.start()
            await stack.endCapture()
            try await stack.dropSlot("jspg_cdc")
            try await stack.rows("CREATE TABLE counted (id int PRIMARY KEY, number int NOT NULL, note text)")
            try await stack.rows("ALTER PUBLICATION jspg_cdc ADD TABLE counted")
            try await stack.rows("INSERT INTO counted SELECT n, 0 FROM generate_series(1, 5000) n")
            // Rows go on changing, each time by one: before the slot is there, while its beginning is found, and after it.
            async let writing: Void = {
                for round in 0..<60 {
                    if round == 20 { try await stack.awaitSlot("counting", "true") }
                    if round == 40 { try await stack.awaitSlot("counting", "confirmed_flush_lsn IS NOT NULL") }
                    try await stack.rows("UPDATE counted SET number = number + 1 WHERE id % 60 = \(round)")
                    try await Task.sleep(for: .milliseconds(15))
                }
            }()
            let capture = try await stack.startCapture(slot: "counting", environment: ["CDC_SNAPSHOT": "initial"])
            try await capture.await("replicating")
            try await writing

            let nats = try await stack.nats()
            var numbers: [Int64: Int64] = [:]
            var reads = 0
            var changes = 0
            var sequence: UInt64 = 1
            let deadline = ContinuousClock.now + .seconds(20)
            while numbers.count < 5_000 || numbers.values.contains(0) {
                try #require(ContinuousClock.now < deadline, "\(reads) reads, \(changes) changes")
                let messages = try await JetStream(nats).messages(
                    stream: StreamName.changes, from: sequence, nextBySubject: "cdc.public.counted", upTo: .max,
                    limit: 1_000)
                if messages.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
                for message in messages {
                    sequence = message.sequence + 1
                    let event = try JSONDocument(parsing: message.payload).root
                    let id = try #require(event["id"]?.int64)
                    let number = try #require(event["number"]?.int64)
                    if event["__op"]?.string == "r" {
                        reads += 1
                        #expect(numbers[id] == nil && event["note"]?.isNull == true)
                    } else {
                        changes += 1
                        // The one after what the snapshot had: nothing in between, and nothing twice.
                        #expect(number == (numbers[id] ?? -1) + 1)
                    }
                    numbers[id] = number
                }
            }
            #expect(reads == 5_000)
            #expect(changes > 0 && changes < 5_000, "the slot begins before or after all changes: \(changes)")
            // Before what is told after them nothing else comes.
            try await stack.rows("INSERT INTO counted VALUES (0, 0)")
            try await stack.awaitChange(on: "cdc.public.counted") { $0["id"]?.int64 == 0 }
            let rest = try await JetStream(nats).messages(
                stream: StreamName.changes, from: sequence, nextBySubject: "cdc.public.counted", upTo: .max, limit: 10)
            #expect(rest.count == 1)
            #expect(numbers.values.allSatisfy { $0 == 1 })
            print("snapshot: \(reads) rows, then \(changes) changes")
            #expect(await capture.stop() == .status(0))
            await nats.close()
        }

        @Test("a row of the snapshot has the same values as a change of that row, whatever their types")
        func sameValues() async throws {
            let stack = try await IntegrationStack.shared()
            try await stack.rows(
                """
                CREATE TABLE typed (id int PRIMARY KEY, yes boolean, no boolean, address inet, code char(4), price numeric(9, 3),
                    ratio float8, at timestamptz, data bytea, doc jsonb, list int[], span int4range, changes int)
                """)
            try await stack.rows(
                """
                INSERT INTO typed VALUES (1, true, false, '10.0.0.1', 'ab', 1.5, 'NaN', '2026-01-02 03:04:05.678+09',
                    '\\x00ff', '{"a": [1]}', '{1,2}', '[1,5)', 0)
                """)
            try await stack.rows("CREATE PUBLICATION typed FOR TABLE typed")
            Teardown.current?.add { _ in _ = try? await stack.dropSlot("typed") }
            let capture = try await stack.startCapture(
                slot: "typed", environment: ["CDC_SNAPSHOT": "initial", "CDC_PUBLICATION": "typed"])
            try await capture.await("replicating")
            try await stack.rows("UPDATE typed SET changes = 0")
            try await stack.awaitChange(on: "cdc.public.typed") { $0["__op"]?.string == "u" }
            let events = try await stack.changes(on: "cdc.public.typed")
            let read = try #require(events.first { $0["__op"]?.string == "r" })
            let change = try #require(events.first { $0["__op"]?.string == "u" })
            #expect(read["yes"]?.bool == true && read["no"]?.bool == false)
            for name in ["address", "code", "price", "ratio", "at", "data", "doc", "list", "span"] {
                #expect(read[name]?.string != nil && read[name]?.string == change[name]?.string, "\(name)")
            }
            #expect(await capture.stop() == .status(0))
        }

        @Test("killed in the middle of its initial snapshot, it begins that anew, and every row is there in the end")
        func interrupted() async throws {
            let stack = try await IntegrationStack.shared()
            let count = 30_000
            try await stack.rows("CREATE TABLE interrupted (id int PRIMARY KEY, number int NOT NULL, note text)")
            try await stack.rows(
                "INSERT INTO interrupted SELECT n, 0, repeat('x', 500) FROM generate_series(1, \(count)) n")
            try await stack.rows("CREATE PUBLICATION interrupted FOR TABLE interrupted")
            Teardown.current?.add { _ in _ = try? await stack.dropSlot("interrupted") }
            let environment = ["CDC_SNAPSHOT": "initial", "CDC_PUBLICATION": "interrupted"]
            let subject = "cdc.public.interrupted"
            let first = try await stack.startCapture(slot: "interrupted", environment: environment)
            try await awaiting("nothing of the snapshot is stored") { try await !stack.changes(on: subject).isEmpty }
            await first.cutOff()
            let before = try await stack.changes(on: subject).count
            #expect(before < count, "it was over before it was killed")
            // As of the second time.
            try await stack.rows("UPDATE interrupted SET number = 1")

            let second = try await stack.startCapture(slot: "interrupted", environment: environment)
            try await awaiting("it does not come to replicate", within: .seconds(60)) {
                await second.state == "replicating"
            }
            let told = try await stack.changes(on: subject).dropFirst(before)
            // Who keeps a copy forgets what the first time told it.
            #expect(told.first?["__op"]?.string == "t")
            let reads = told.dropFirst()
            #expect(reads.count == count && reads.allSatisfy { $0["__op"]?.string == "r" && $0["number"]?.int64 == 1 })
            #expect(Set(reads.map { $0["id"]?.int64 }).count == count)
            #expect(!second.log.contains("may have been missed"))
            // The third finds all of it done.
            #expect(await second.stop() == .status(0))
            let third = try await stack.startCapture(slot: "interrupted", environment: environment)
            try await third.await("replicating")
            try await stack.rows("UPDATE interrupted SET number = 2 WHERE id = 1")
            try await stack.awaitChange(on: subject) { $0["number"]?.int64 == 2 && $0["__op"]?.string == "u" }
            #expect(try await stack.changes(on: subject).count == before + count + 2)
            #expect(await third.stop() == .status(0))
        }

        @Test("of two processes that begin together one takes the initial snapshot, and the other stands by")
        func twoSnapshots() async throws {
            let stack = try await IntegrationStack.shared()
            let count = 20_000
            try await stack.rows("CREATE TABLE once (id int PRIMARY KEY, note text)")
            try await stack.rows("INSERT INTO once SELECT n, repeat('x', 500) FROM generate_series(1, \(count)) n")
            try await stack.rows("CREATE PUBLICATION once FOR TABLE once")
            Teardown.current?.add { _ in _ = try? await stack.dropSlot("once") }
            let environment = ["CDC_SNAPSHOT": "initial", "CDC_PUBLICATION": "once"]
            let captures = [
                try await stack.startCapture(slot: "once", environment: environment),
                try await stack.startCapture(slot: "once", environment: environment),
            ]
            try await awaiting("they are not one that replicates and one that stands by", within: .seconds(60)) {
                var states: [String] = []
                for capture in captures {
                    let health = try? await HTTPCalls.get(capture.url + "/health").json()
                    states.append(health?["state"]?.string ?? "")
                }
                return states.sorted() == ["replicating", "standby"]
            }
            let reads = try await stack.changes(on: "cdc.public.once").filter { $0["__op"]?.string == "r" }
            #expect(reads.count == count)
            #expect(Set(reads.map { $0["id"]?.int64 }).count == count)
            for capture in captures {
                #expect(await capture.stop() == .status(0))
            }
        }
    }
}
