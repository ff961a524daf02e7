// What Redis has under some keys.

/// One value for each key that was asked for, in order, all of one moment.
package struct RedisValues: Sendable {
    private let values: RedisReplies
    /// Of each key, where its value is among those of everybody who asked.
    private let places: [Int]

    init(_ values: RedisReplies, places: [Int]) {
        self.values = values
        self.places = places
    }

    /// As in `RedisReplies`.
    package var runID: String { values.runID }
    /// As in `RedisReplies`.
    package var connection: UInt64 { values.connection }

    package var count: Int { places.count }

    /// `nil` where there is none, or something other than a string.
    package subscript(position: Int) -> [UInt8]? { values[places[position]].bytes }
}
