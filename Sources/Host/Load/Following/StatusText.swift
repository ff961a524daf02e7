// Reading how far an operation is.
import JSON

enum StatusText {
    /// The `status` of a JSON object; `nil` where the bytes are none.
    static func status(_ json: some Sequence<UInt8>) -> String? {
        (try? JSONDocument(parsing: Array(json)))?.root["status"]?.string
    }

    /// The status in the last complete event of a stream; `nil` where there is none.
    ///
    /// - Parameter stream: from its start.
    static func lastStatus(inEvents stream: [UInt8]) -> String? {
        let lines = stream.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What follows the last line feed is not complete.
        let data = lines.dropLast().last { $0.starts(with: "data:".utf8) }
        return data.flatMap { status($0.dropFirst("data:".utf8.count)) }
    }

    /// The part of a Location from its path on.
    static func path(ofLocation location: [UInt8]) -> [UInt8] {
        guard location.first != UInt8(ascii: "/") else { return location }
        let text = String(decoding: location, as: UTF8.self)
        guard let url = try? LoadURL(text) else { return [UInt8(ascii: "/")] + location }
        return Array(url.target.utf8)
    }
}
