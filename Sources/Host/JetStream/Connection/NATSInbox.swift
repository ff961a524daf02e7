// Subjects that nobody else uses, for answers.
import CNATS
import Glibc

/// Makes inbox subjects and reads the token at the end of one.
enum NATSInbox {
    /// `_INBOX.` and 22 characters that are unique in the world (NUID).
    static func newSubject() throws(NATSError) -> String {
        var inbox: UnsafeMutablePointer<natsInbox>?
        try check(natsInbox_Create(&inbox))
        defer { natsInbox_Destroy(inbox) }
        guard let inbox else { throw .library("no inbox") }
        return String(cString: inbox)
    }

    /// The number after the prefix in a message's subject; `nil` if there is none.
    static func token(of message: OpaquePointer, prefixLength: Int) -> UInt64? {
        guard let subject = natsMsg_GetSubject(message), strlen(subject) > prefixLength else { return nil }
        var token: UInt64 = 0
        var position = prefixLength
        while true {
            let byte = UInt8(bitPattern: subject[position])
            if byte == 0 { return token }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            token = token &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
            position += 1
        }
    }
}
