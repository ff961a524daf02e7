// What Redis has under some keys.

/// One value for each key that was asked for, in order, all of one moment.
package struct RedisValues: Sendable {
    private let values: [RedisReply]
    /// Of each key, where its value is among those of everybody who asked.
    private let places: [Int]
    /// As in `RedisReplies`.
    package let runID: String
    /// As in `RedisReplies`.
    package let connection: UInt64

    init(values: [RedisReply], places: [Int], runID: String, connection: UInt64) {
        self.values = values
        self.places = places
        self.runID = runID
        self.connection = connection
    }

    package var count: Int { places.count }

    /// `nil` where there is none, or something other than a string.
    package subscript(position: Int) -> [UInt8]? { values[places[position]].bytes }
}
