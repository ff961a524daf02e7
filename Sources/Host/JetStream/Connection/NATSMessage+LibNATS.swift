// Messages to and from libnats. Ownership (nats.h): what an accessor returns belongs to the message; arrays that
// `natsMsgHeader_Keys` and `_Values` return are the caller's to free, the strings in them are not; a message that a
// handler gets, or that `natsMsg_Create` made, is the holder's to destroy.
import CNATS
import Glibc

extension NATSMessage {
    /// Hands the message to libnats' buffer, which copies it.
    func publish(on connection: OpaquePointer, reply: String?) throws(NATSError) {
        guard payload.count <= Int32.max else { throw .payloadTooLarge(bytes: payload.count) }
        let status =
            headers.isEmpty
            ? publishPlain(on: connection, reply: reply)
            : publishWithHeaders(on: connection, reply: reply)
        switch status {
        case NATS_OK: return
        case NATS_MAX_PAYLOAD: throw .payloadTooLarge(bytes: payload.count)
        case NATS_CONNECTION_CLOSED, NATS_DRAINING: throw .closed
        default: throw NATSError(status)
        }
    }

    private func publishPlain(on connection: OpaquePointer, reply: String?) -> natsStatus {
        payload.withUnsafeBytes { bytes in
            guard let reply else {
                return natsConnection_Publish(connection, subject, bytes.baseAddress, Int32(bytes.count))
            }
            return natsConnection_PublishRequest(connection, subject, reply, bytes.baseAddress, Int32(bytes.count))
        }
    }

    private func publishWithHeaders(on connection: OpaquePointer, reply: String?) -> natsStatus {
        var message: OpaquePointer?
        defer { natsMsg_Destroy(message) }
        var status = payload.withUnsafeBytes { bytes in
            natsMsg_Create(
                &message, subject, reply, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        for field in headers.fields where status == NATS_OK {
            status = natsMsgHeader_Add(message, field.name, field.value)
        }
        guard status == NATS_OK else { return status }
        return natsConnection_PublishMsg(connection, message)
    }
}

extension NATSHeaders {
    /// Copies all fields, for which no other thread may use the message; a malformed header block counts as empty.
    init(copyingFrom message: OpaquePointer) {
        self.init()
        var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        var nameCount: Int32 = 0
        guard natsMsgHeader_Keys(message, &names, &nameCount) == NATS_OK, let names else { return }
        defer { free(names) }
        for index in 0..<Int(nameCount) {
            guard let name = names[index] else { continue }
            var values: UnsafeMutablePointer<UnsafePointer<CChar>?>?
            var valueCount: Int32 = 0
            guard natsMsgHeader_Values(message, name, &values, &valueCount) == NATS_OK, let values else { continue }
            defer { free(values) }
            for value in UnsafeBufferPointer(start: values, count: Int(valueCount)) {
                append(String(cString: name), value.map { String(cString: $0) } ?? "")
            }
        }
    }
}
