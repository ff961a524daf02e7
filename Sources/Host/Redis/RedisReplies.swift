// The replies to one batch of commands, and which run of which server gave them.

/// One reply for each command, in order.
package struct RedisReplies: Sendable, RandomAccessCollection {
    package let replies: [RedisReply]
    /// `run_id` of the server process that gave these replies: not the one connected now, which may be another already.
    package let runID: String
    /// Counts the connections that this client has had: all replies with the same number came through the same one.
    package let connection: UInt64

    package init(replies: [RedisReply], runID: String, connection: UInt64) {
        self.replies = replies
        self.runID = runID
        self.connection = connection
    }

    package var startIndex: Int { replies.startIndex }
    package var endIndex: Int { replies.endIndex }
    package subscript(position: Int) -> RedisReply { replies[position] }

    /// The first error that the server answered.
    package var firstError: String? {
        for reply in replies {
            if let message = reply.errorMessage { return message }
        }
        return nil
    }
}
