// The core of NATS against a real server.
import Logging
import Synchronization
import Testing

@testable import JetStream

@Suite(.timeLimit(.minutes(3))) struct ConnectionTests {
    @Test func headersAndBytesMakeTheRoundTrip() async throws {
        let server = try await NATSServer()
        let connection = try await server.connect()
        let responder = try connection.subscribe("echo") { message in
            connection.publish([
                NATSMessage(subject: message.reply ?? "", headers: message.headers, payload: message.payload)
            ])
        }
        let headers: NATSHeaders = ["One": "1", "Many": "a", "many": "c", "Empty": "", "Ünï": "cödé"]
        let payload = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) } + [0, 0, 255]
        let answer = try await connection.request("echo", headers: headers, payload: payload, timeout: .seconds(5))
        #expect(answer.payload == payload)
        #expect(answer.headers["one"] == "1")
        #expect(Set(answer.headers.values(of: "Many")) == ["a", "c"])
        #expect(answer.headers["Empty"] == nil)
        #expect(answer.headers["Ünï"] == "cödé")
        let empty = try await connection.request("echo", timeout: .seconds(5))
        #expect(empty.payload.isEmpty && empty.headers.isEmpty)
        responder.cancel()
        await connection.close()
    }

    @Test func requestsFailAsTheyShould() async throws {
        let server = try await NATSServer()
        let connection = try await server.connect()
        await #expect(throws: NATSError.noResponders(subject: "nobody")) {
            try await connection.request("nobody", timeout: .seconds(5))
        }
        let silent = try connection.subscribe("silent") { _ in }
        let start = ContinuousClock.now
        await #expect(throws: NATSError.timeout(subject: "silent")) {
            try await connection.request("silent", timeout: .milliseconds(100))
        }
        let elapsed = ContinuousClock.now - start
        #expect(elapsed >= .milliseconds(100) && elapsed < .seconds(30))
        await #expect(throws: NATSError.payloadTooLarge(bytes: 2_000_000)) {
            try await connection.request("silent", payload: Array(repeating: 1, count: 2_000_000), timeout: .seconds(5))
        }
        let waiting = Task { try await connection.request("silent", timeout: .seconds(30)) }
        try await Task.sleep(for: .milliseconds(50))
        waiting.cancel()
        await #expect(throws: NATSError.cancelled) { try await waiting.value }
        let closing = Task { try await connection.request("silent", timeout: .seconds(30)) }
        try await Task.sleep(for: .milliseconds(50))
        await connection.close()
        await #expect(throws: NATSError.closed) { try await closing.value }
        await #expect(throws: NATSError.closed) { try await connection.request("silent", timeout: .seconds(5)) }
        #expect(try await eventually { !connection.isConnected })
        #expect(try await eventually { connection.requestsUnderWay == 0 })
        silent.cancel()
    }

    @Test func aThousandRequestsAtOnceEachGetTheirOwnAnswer() async throws {
        let server = try await NATSServer()
        let connection = try await server.connect()
        let responder = try connection.subscribe("double", queueGroup: "q") { message in
            connection.publish([NATSMessage(subject: message.reply ?? "", payload: message.payload + message.payload)])
        }
        try await withThrowingTaskGroup { group in
            for index in 0..<1000 {
                group.addTask {
                    let payload = bytes("\(index).")
                    let answer = try await connection.request("double", payload: payload, timeout: .seconds(10))
                    #expect(answer.payload == payload + payload)
                }
            }
            try await group.waitForAll()
        }
        #expect(connection.requestsUnderWay == 0)
        responder.cancel()
        await connection.close()
    }

    @Test func waitsForAServerThatStartsLaterAndGivesUpAtTheDeadline() async throws {
        let server = try await NATSServer()
        await server.kill()
        var configuration = try NATSConfiguration(url: server.url, name: "test")
        configuration.startTimeout = .milliseconds(400)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let error = await #expect(throws: NATSError.self) {
            try await NATSConnection.connect(configuration, logger: logger)
        }
        guard case .cannotConnect(let servers, _) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(servers == server.url)
        async let later = server.connect()
        try await Task.sleep(for: .milliseconds(300))
        try await server.start()
        let connection = try await later
        #expect(connection.isConnected)
        await connection.close()
    }

    @Test func credentialsWorkAndNeverShow() async throws {
        let server = try await NATSServer(#"authorization { user: "jo", password: "p\"w@x/y" }"#)
        try await Task.sleep(for: .milliseconds(200))
        let connection = try await server.connect(userInfo: "jo:p%22w%40x%2Fy@")
        #expect(connection.isConnected)
        await connection.close()
        let error = await #expect(throws: NATSError.self) { _ = try await server.connect(userInfo: "jo:wrongsecret@") }
        let text = String(describing: error) + String(reflecting: error)
        #expect(text.contains("127.0.0.1"))
        #expect(!text.contains("wrongsecret"))
    }

    @Test func drainingLetsHandlersFinish() async throws {
        let server = try await NATSServer()
        let connection = try await server.connect()
        let other = try await server.connect()
        let handled = Atomic<Int>(0)
        let answers = Atomic<Int>(0)
        let slow = try connection.subscribe("work") { message in
            handled.wrappingAdd(1, ordering: .relaxed)
            connection.publish([NATSMessage(subject: "done", payload: message.payload)])
        }
        let done = try other.subscribe("done") { _ in answers.wrappingAdd(1, ordering: .relaxed) }
        await connection.flush()
        await other.flush()
        other.publish((0..<1000).map { NATSMessage(subject: "work", payload: bytes("\($0)")) })
        await other.flush()
        #expect(try await eventually { handled.load(ordering: .relaxed) > 0 })
        await connection.drain(timeout: .seconds(5))
        #expect(!connection.isConnected)
        let count = handled.load(ordering: .relaxed)
        #expect(try await eventually { answers.load(ordering: .relaxed) == count })
        await #expect(throws: NATSError.closed) { try await connection.request("x", timeout: .seconds(1)) }
        await connection.drain(timeout: .seconds(1))
        slow.cancel()
        done.cancel()
        await other.close()
    }

    @Test func tellsOfLossAndReturnAndFailsRequestsAtOnceMeanwhile() async throws {
        let server = try await NATSServer()
        let connection = try await server.connect()
        let states = Mutex<[NATSConnectionState]>([])
        connection.onStateChange { state in states.withLock { $0.append(state) } }
        let received = Mutex<[String]>([])
        let subscription = try connection.subscribe("after") { message in
            received.withLock { $0.append(String(decoding: message.payload, as: UTF8.self)) }
        }
        let silent = try connection.subscribe("silent") { _ in }
        let pending = Task { try await connection.request("silent", timeout: .seconds(30)) }
        #expect(try await eventually { connection.requestsUnderWay == 1 })
        await server.kill()
        await #expect(throws: NATSError.connectionLost) { try await pending.value }
        #expect(try await eventually { !connection.isConnected })
        let start = ContinuousClock.now
        await #expect(throws: NATSError.notConnected) { try await connection.request("silent", timeout: .seconds(60)) }
        #expect(ContinuousClock.now - start < .seconds(30))
        connection.publish([NATSMessage(subject: "after", payload: bytes("kept"))])
        try await server.start()
        #expect(try await eventually { connection.isConnected })
        #expect(try await eventually { received.withLock { $0 } == ["kept"] })
        await connection.close()
        #expect(try await eventually { states.withLock { $0 }.last == .closed })
        #expect(states.withLock { $0 }.starts(with: [.disconnected, .connected]))
        subscription.cancel()
        silent.cancel()
    }
}
