// What read APIs do for each other.
import Cache
import JetStream
import Operations

/// Invalidates for other read-apis that can't reach Redis.
enum InvalidationResponder {
    static func subscribe(
        _ nats: NATSConnection, invalidator: CacheInvalidator, cache: TableCache
    ) throws -> NATSSubscription {
        try nats.subscribe(Subject.invalidate) { message in
            guard let reply = message.reply, let request = StaleTables(decoding: message.payload) else {
                return
            }
            invalidator.invalidate(tables: request.tables, statuses: []) { connection in
                // Who can't do it either stays silent, so that the first answer is a good one, and serves nothing from
                // the cache itself: by another connection it may still reach Redis.
                guard connection != nil else { return cache.distrust(request.tables) }
                nats.publish([NATSMessage(subject: reply, payload: Array("ok".utf8))])
            }
        }
    }
}
