// How a key-value bucket is to be.

/// Settings of a bucket.
package struct KeyValueConfiguration: Sendable, Hashable {
    package var bucket: String
    /// Revisions kept for each key, 1 to 64.
    package var history = 1
    /// Bytes; `-1`: no limit.
    package var maxBytes: Int64 = -1
    /// Age of an entry's end, for all keys; zero: none.
    package var timeToLive: Duration = .zero
    /// Lets a key have its own time to live, and says how long watchers can learn that it ended; `nil`: neither. At
    /// least 1 s.
    package var markerTimeToLive: Duration?
    package var storage = StreamConfiguration.Storage.file
    package var replicas = 1

    package init(bucket: String) {
        self.bucket = bucket
    }

    /// A bucket is a stream (ADR-8).
    var stream: StreamConfiguration {
        var stream = StreamConfiguration(name: "KV_" + bucket, subjects: ["$KV.\(bucket).>"])
        stream.storage = storage
        stream.discard = .new
        stream.maxBytes = maxBytes
        stream.maxMessagesPerSubject = Int64(history)
        stream.maxAge = timeToLive
        stream.duplicateWindow = timeToLive > .zero ? min(timeToLive, .seconds(120)) : .seconds(120)
        stream.replicas = replicas
        stream.allowRollup = true
        stream.denyDelete = true
        stream.allowMessageTTL = markerTimeToLive != nil
        stream.deleteMarkerTTL = markerTimeToLive
        return stream
    }
}
