// How a body lies in Redis.
package import Operations

/// One line of text, then the body: `1 {token} {run id} {expiry} {etag} {row|none}\n…`. A class, since entries are handed
/// from hand to hand at each read, and one reference is cheaper to count than five.
package final class CacheEntry: Sendable {
    package let version: CacheVersion
    package let body: CachedBody
    /// By the clock of the host that wrote it; keeps a copy in another host's memory from living longer.
    package let expiry: Timestamp

    package init(version: CacheVersion, body: CachedBody, expiry: Timestamp) {
        self.version = version
        self.body = body
        self.expiry = expiry
    }

    /// The first word: other layouts get other ones, and a host takes what it does not know for a miss.
    private static let layout = "1"

    /// What is stored in Redis: the line of text and the body after it.
    package func encoded() -> [UInt8] {
        let kind = body.isAbsent ? "none" : "row"
        let line = "\(Self.layout) \(version.token) \(version.runID) \(expiry.microseconds) \(body.etag) \(kind)\n"
        var bytes: [UInt8] = []
        bytes.reserveCapacity(line.utf8.count + body.bytes.count)
        bytes.append(contentsOf: line.utf8)
        bytes.append(contentsOf: body.bytes)
        return bytes
    }

    /// `nil` where the bytes are not what `encoded()` makes.
    package convenience init?(decoding bytes: [UInt8]) {
        guard let lineEnd = bytes.prefix(512).firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = bytes[..<lineEnd].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 6, words[0].elementsEqual(Self.layout.utf8), let token = CacheToken(words[1]),
            let expiry = Int64(String(decoding: words[3], as: UTF8.self))
        else { return nil }
        self.init(
            version: CacheVersion(token: token, runID: String(decoding: words[2], as: UTF8.self)),
            body: CachedBody(
                bytes: Array(bytes[(lineEnd + 1)...]), etag: String(decoding: words[4], as: UTF8.self),
                isAbsent: words[5].elementsEqual("none".utf8)),
            expiry: Timestamp(microseconds: expiry))
    }
}

extension CacheEntry: Hashable {
    package static func == (one: CacheEntry, other: CacheEntry) -> Bool {
        one === other || (one.version == other.version && one.body == other.body && one.expiry == other.expiry)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(version)
        hasher.combine(body)
        hasher.combine(expiry)
    }
}
