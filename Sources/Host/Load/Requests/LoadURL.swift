// Where a load goes.

/// An `http` URL, split into what a connection and what a request need of it.
package struct LoadURL: Sendable, Equatable {
    /// A name or an address; an IPv6 address without its brackets.
    package let host: String
    /// 1 to 65535.
    package let port: Int
    /// Path and query as they were given, "/" where there is none.
    package let target: String

    /// The value of the request's Host.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == 80 ? name : "\(name):\(port)"
    }

    /// The target as the start of longer ones: without a "/" at its end.
    package var base: String { target.hasSuffix("/") ? String(target.dropLast()) : target }

    /// - Throws: where the text is no `http` URL, with the reason.
    package init(_ text: String) throws(LoadError) {
        func refused(_ reason: String) -> LoadError {
            LoadError("\(text) is no URL that a load can go to: \(reason), as in http://localhost:3000/path")
        }
        guard text.lowercased().hasPrefix("http://") else {
            throw refused(
                text.lowercased().hasPrefix("https://")
                    ? "TLS is not spoken, it must begin with http://"
                    : "it must begin with http://")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refused("spaces and characters beyond ASCII must be percent-encoded")
        }
        let rest = text.dropFirst("http://".count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        guard !rest[..<end].contains("@") else { throw refused("user and password belong into a header") }
        let path = rest[end...].prefix { $0 != "#" }
        target = path.hasPrefix("/") ? String(path) : "/" + path

        let authority = rest[..<end]
        let name: Substring
        let portText: Substring
        if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
            name = authority[authority.index(after: authority.startIndex)..<close]
            portText = authority[authority.index(after: close)...]
        } else {
            name = authority.prefix { $0 != ":" }
            portText = authority.dropFirst(name.count)
        }
        guard !name.isEmpty else { throw refused("the host is missing") }
        host = String(name)
        if portText.isEmpty {
            port = 80
        } else {
            guard portText.hasPrefix(":"), let number = Int(portText.dropFirst()), (1...65_535).contains(number) else {
                throw refused("the port must be a number from 1 to 65535")
            }
            port = number
        }
    }
}
