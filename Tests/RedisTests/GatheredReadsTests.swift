// Reads of one turn, and replies to batches, without a server.
import NIOCore
import Synchronization
import Testing

@testable import Redis

@Suite("Gathered reads")
struct GatheredReadsTests {
    private final class Answers: Sendable {
        let values = Mutex<[Int: Result<[[UInt8]?], RedisError>]>([:])

        func take(_ caller: Int) -> GatheredReads.Completion {
            { [self] result in
                values.withLock { $0[caller] = result.map { values in (0..<values.count).map { values[$0] } } }
            }
        }
    }

    private func wire(_ command: RedisCommand) -> String {
        var buffer = ByteBuffer()
        command.write(to: &buffer)
        return String(buffer: buffer)
    }

    @Test func `each key is asked for once, and everybody gets theirs`() {
        var reads = GatheredReads()
        let answers = Answers()
        reads.add(["a", "b"], completion: answers.take(1))
        reads.add(["a"], completion: answers.take(2))
        reads.add(["c", "a", "c"], completion: answers.take(3))
        #expect(wire(reads.command) == "*4\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n")
        reads.answer(
            .success(
                RedisReplies(
                    replies: [.array([.string([1]), .null, .string([3])])], runID: "run", connection: 7)))
        let values = answers.values.withLock { $0 }
        #expect(values[1] == .success([[1], nil]))
        #expect(values[2] == .success([[1]]))
        #expect(values[3] == .success([[3], [1], [3]]))
    }

    @Test func `a batch that is long gets its replies in order`() throws {
        var flights = RedisFlights()
        flights.add(count: 5_000) { _ in }
        for number in 0..<4_999 { #expect(try flights.take(.integer(Int64(number)))?.replies == nil) }
        #expect(try flights.take(.integer(4_999))?.replies == (0..<5_000).map { .integer($0) })
        flights.add(count: 2) { _ in }
        _ = try flights.take(.integer(1))
        #expect(flights.removeAll().count == 1)
        flights.add(count: 1) { _ in }
        #expect(try flights.take(.integer(7))?.replies == [.integer(7)], "nothing is left of the one before")
    }

    @Test(arguments: [RedisReply.error("ERR no"), .null, .array([]), .array([.null, .null])])
    func `an answer of another shape fails everybody`(reply: RedisReply) {
        var reads = GatheredReads()
        let answers = Answers()
        for caller in 0..<3 { reads.add(["a"], completion: answers.take(caller)) }
        reads.answer(.success(RedisReplies(replies: [reply], runID: "run", connection: 1)))
        let values = answers.values.withLock { $0 }
        #expect(values.count == 3)
        for value in values.values {
            #expect(throws: RedisError.self) { try value.get() }
        }
    }

    @Test func `commands have their lengths in bytes`() {
        var command = RedisCommand("SET", "ü")
        command.append([0x0D, 0x0A, 0x00])
        command.append("")
        #expect(wire(command) == "*4\r\n$3\r\nSET\r\n$2\r\nü\r\n$3\r\n\r\n\0\r\n$0\r\n\r\n")
    }

    @Test func `replies go to batches in order, and what nobody asked for is an error`() throws {
        var flights = RedisFlights()
        flights.add(count: 2) { _ in }
        flights.add(count: 1) { _ in }
        #expect(try flights.take(.integer(1))?.replies == nil)
        #expect(try flights.take(.integer(2))?.replies == [.integer(1), .integer(2)])
        #expect(!flights.isEmpty)
        #expect(try flights.take(.integer(3))?.replies == [.integer(3)])
        #expect(flights.isEmpty)
        #expect(throws: RedisError.self) { _ = try flights.take(.integer(4)) }
    }

    @Test(arguments: [1, 2, 3, 7, 1_000])
    func `replies come in pieces of any size`(size: Int) throws {
        let reader = try RedisReplyReader()
        let wire = Array("*3\r\n$5\r\nhello\r\n$-1\r\n:12\r\n+OK\r\n-ERR no\r\n$0\r\n\r\n".utf8)
        var replies: [RedisReply] = []
        for start in stride(from: 0, to: wire.count, by: size) {
            try reader.feed(ByteBuffer(bytes: wire[start..<min(start + size, wire.count)]))
            while let reply = try reader.next() { replies.append(reply) }
        }
        #expect(
            replies == [
                .array([.string(Array("hello".utf8)), .null, .integer(12)]), .status("OK"), .error("ERR no"),
                .string([]),
            ])
    }

    @Test func `bytes that are no reply are an error, also later`() throws {
        let reader = try RedisReplyReader()
        try reader.feed(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n"))
        #expect(throws: RedisError.self) { _ = try reader.next() }
        #expect(throws: RedisError.self) { try reader.feed(ByteBuffer(string: "+OK\r\n")) }
    }
}
