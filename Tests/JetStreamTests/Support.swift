// Small things that the tests share.
import Foundation
import JetStream
import Synchronization
import Testing

/// Counts results by what they are, from any thread.
final class Tally: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    private let perIndex = Mutex<[Int: Int]>([:])

    func add(_ index: Int, _ result: Result<PublishAcknowledgement, JetStreamError>) {
        let name =
            switch result {
            case .success(let acknowledgement): acknowledgement.isDuplicate ? "duplicate" : "stored"
            case .failure(let error): error.kind.rawValue
            }
        counts.withLock { $0[name, default: 0] += 1 }
        perIndex.withLock { $0[index, default: 0] += 1 }
    }

    var total: Int { counts.withLock { $0.values.reduce(0, +) } }
    subscript(name: String) -> Int { counts.withLock { $0[name] ?? 0 } }
    var all: [String: Int] { counts.withLock { $0 } }
    /// Whether nothing was reported twice.
    var isOncePerIndex: Bool { perIndex.withLock { $0.values.allSatisfy { $0 == 1 } } }
}

/// Deliveries of several pullers, from any task.
final class DeliveryLog: Sendable {
    private let deliveries: Mutex<[[Delivery]]>

    init(pullers: Int) {
        deliveries = Mutex(Array(repeating: [], count: pullers))
    }

    func add(_ some: [Delivery], of puller: Int) {
        deliveries.withLock { $0[puller] += some }
    }

    var all: [[Delivery]] { deliveries.withLock { $0 } }
    var count: Int { all.reduce(0) { $0 + $1.count } }
}

/// Waits until the condition holds; `false` after the timeout.
func eventually(
    within timeout: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + timeout
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}

/// Takes messages until there are `count`, acknowledging each if told to.
func take(
    _ count: Int, from subscription: PullSubscription, acknowledging jetStream: JetStream?, max: Int = 500
) async throws -> [Delivery] {
    var all: [Delivery] = []
    while all.count < count {
        let some = try await subscription.next(max: max)
        jetStream?.acknowledge(some)
        all += some
    }
    return all
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension StreamConfiguration {
    static func test(_ name: String = "T") -> StreamConfiguration {
        var configuration = StreamConfiguration(name: name, subjects: ["\(name.lowercased()).>"])
        configuration.discard = .new
        configuration.allowAtomicPublish = true
        return configuration
    }
}

/// Publishes with a header block that this client would never send, by a connection of its own.
func rawPublish(_ subject: String, headers: String, payload: String, port: Int) async throws {
    let block = "NATS/1.0\r\n\(headers)\r\n"
    let text = """
        CONNECT {"verbose":false,"headers":true,"name":"raw"}\r
        HPUB \(subject) \(block.utf8.count) \(block.utf8.count + payload.utf8.count)\r
        \(block)\(payload)\r
        PING\r

        """
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let isConnected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    try #require(isConnected)
    try #require(write(descriptor, text, text.utf8.count) == text.utf8.count)
    try await Task.sleep(for: .milliseconds(200))
}
