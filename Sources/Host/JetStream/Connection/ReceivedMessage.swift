// A message as libnats has received it.
import CNATS
import Synchronization

/// Owns a C message (`natsMsg`). Subject and payload lie in one block; the headers are read only when somebody asks, since
/// libnats makes a table of them with several allocations for each. Any thread.
package final class ReceivedMessage: Sendable {
    // Unsafe: nothing but the headers changes after it was received, and those are read under the lock.
    nonisolated(unsafe) private let message: OpaquePointer
    private let cachedHeaders = Mutex<NATSHeaders?>(nil)

    /// - Parameter message: belongs to this object from now on.
    init(taking message: OpaquePointer) {
        self.message = message
    }

    deinit {
        natsMsg_Destroy(message)
    }

    package var subject: String { natsMsg_GetSubject(message).map { String(cString: $0) } ?? "" }
    package var reply: String? { natsMsg_GetReply(message).map { String(cString: $0) } }

    var payloadBytes: Int { Int(natsMsg_GetDataLength(message)) }

    /// A copy.
    package var payload: [UInt8] {
        let length = Int(natsMsg_GetDataLength(message))
        guard length > 0, let data = natsMsg_GetData(message) else { return [] }
        return Array(UnsafeRawBufferPointer(start: data, count: length))
    }

    package var headers: NATSHeaders {
        cachedHeaders.withLock { headers in
            if let headers { return headers }
            let copied = NATSHeaders(copyingFrom: message)
            headers = copied
            return copied
        }
    }

    /// The number after a prefix of the subject; `nil` if there is none.
    func token(afterPrefix length: Int) -> UInt64? { NATSInbox.token(of: message, prefixLength: length) }
}

extension NATSMessage {
    /// A copy of everything.
    init(_ received: ReceivedMessage) {
        self.init(
            subject: received.subject, reply: received.reply, headers: received.headers, payload: received.payload)
    }
}
