// The answer that both a fast lane's responder and the router behind it give in tests.
import HTTP
import HTTPTypes

/// Tells what the request was, so that answers in the wrong place or with another's body are seen.
enum LaneAnswer {
    static let mediaType = "text/x-lane"

    static func status(_ method: String) -> HTTPResponse.Status { method == "POST" ? .accepted : .ok }

    static func body(_ method: String, _ target: String, _ body: [UInt8]) -> [UInt8] {
        method == "HEAD" ? [] : Array("\(method) \(target) ".utf8) + body
    }

    static func fast(_ head: RequestHead, _ body: [UInt8]) -> FastAnswer {
        let method = head.method.rawValue
        return FastAnswer(
            status: status(method), fields: [(.contentType, mediaType)], body: self.body(method, head.target, body))
    }
}
