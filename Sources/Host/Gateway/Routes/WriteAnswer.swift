// What a client is told about its write.
package import HTTP

/// The end of a write request.
package enum WriteAnswer: Sendable {
    /// 202.
    case accepted(WriteReceipt)
    case refused(Problem)
}
