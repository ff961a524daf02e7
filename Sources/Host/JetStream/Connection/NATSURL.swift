// One server's URL, taken apart.
import Encodings

/// The parts of `nats://user:password@host:port`. libnats 3.4 would neither decode percent escapes nor quote what it
/// puts into its CONNECT message, so both are done here.
struct NATSURL {
    let address: String
    let usesTLS: Bool
    let credentials: NATSConfiguration.Credentials

    init(parsing text: Substring, position: Int) throws(NATSError) {
        func refusal(_ reason: String) -> NATSError { .invalidConfiguration("URL \(position): \(reason)") }

        var rest = text.drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        var scheme = "nats"
        if let end = rest.firstRange(of: "://") {
            scheme = rest[..<end.lowerBound].lowercased()
            rest = rest[end.upperBound...]
        }
        guard scheme == "nats" || scheme == "tls" else {
            throw refusal("the scheme must be nats or tls")
        }
        usesTLS = scheme == "tls"
        if let at = rest.lastIndex(of: "@") {
            guard let credentials = Self.credentials(from: rest[..<at]) else {
                throw refusal("the credentials have a malformed percent escape, or a control character")
            }
            self.credentials = credentials
            rest = rest[rest.index(after: at)...]
        } else {
            credentials = .none
        }
        if rest.last == "/" { rest.removeLast() }

        var host = rest
        var port = 4222
        let bracket = rest.lastIndex(of: "]") ?? rest.startIndex
        if let colon = rest[bracket...].lastIndex(of: ":") {
            guard let number = Int(rest[rest.index(after: colon)...]), (1...65535).contains(number) else {
                throw refusal("the port must be a number from 1 to 65535")
            }
            port = number
            host = rest[..<colon]
        }
        let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#@\"\\".utf8.contains($0) }
        guard !host.isEmpty, isPlain else {
            throw refusal("the host is missing or malformed")
        }
        address = "\(scheme)://\(host):\(port)"
    }

    private static func credentials(from text: Substring) -> NATSConfiguration.Credentials? {
        guard let colon = text.firstIndex(of: ":") else {
            return decoded(text).map { $0.isEmpty ? .none : .token($0) }
        }
        guard let name = decoded(text[..<colon]), let password = decoded(text[text.index(after: colon)...]) else {
            return nil
        }
        return .user(name: name, password: password)
    }

    /// Percent escapes resolved, then quoted for a JSON string, since libnats copies these as they are.
    private static func decoded(_ text: Substring) -> String? {
        guard let decoded = PercentEncoding.decoded(text), decoded.utf8.allSatisfy({ $0 >= 0x20 }) else { return nil }
        return decoded.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
