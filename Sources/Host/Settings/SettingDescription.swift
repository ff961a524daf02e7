// What a person reads about an environment variable.

/// The documentation of one environment variable, as `--help` prints it.
package struct SettingDescription: Sendable, Hashable {
    /// Upper case with underscores: `MAX_BODY_BYTES`.
    package let name: String
    /// `integer`, `seconds`, `URL`, `path`, `text`, `choice`, `flag`.
    package let type: String
    /// The text that stands for the variable where it is not set, or is empty.
    package let defaultText: String
    /// The values that are allowed: `1 to 65535`, `json, text`; empty: any.
    package let allowed: String
    /// One sentence or two: what it does.
    package let summary: String
    /// Secrets are never shown; of a URL only the password is a secret.
    package let secrecy: Secrecy

    package enum Secrecy: Sendable {
        case open
        case urlPassword
        case secret
    }

    package init(
        name: String, type: String, defaultText: String, allowed: String = "", summary: String,
        secrecy: Secrecy = .open
    ) {
        self.name = name
        self.type = type
        self.defaultText = defaultText
        self.allowed = allowed
        self.summary = summary
        self.secrecy = secrecy
    }

    /// The value as it may be shown in logs and errors.
    package func shown(_ text: String) -> String {
        switch secrecy {
        case .open: text
        case .urlPassword: Self.maskingPassword(in: text)
        case .secret: text.isEmpty ? "" : "***"
        }
    }

    /// `scheme://user:password@host` with `***` for the password, in each of a comma-separated list of URLs, and
    /// `password=***`. What is no URL is not shown where it may hold a password.
    package static func maskingPassword(in text: String) -> String {
        guard text.contains("://") else { return text.contains("@") || text.contains("=") ? "***" : text }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        // A comma that begins no further URL is part of one, of its password even.
        let urls = parts.allSatisfy { $0.contains("://") } ? parts : [text[...]]
        return urls.map { maskingParameter(in: maskingUser(in: $0)) }.joined(separator: ",")
    }

    private static func maskingUser(in url: Substring) -> String {
        // The last `@` ends the user part: a password may hold one that somebody forgot to encode.
        guard let at = url.lastIndex(of: "@"), let start = url.range(of: "://")?.upperBound, start < at else {
            return String(url)
        }
        // Without a password what NATS calls a user is a token, a secret itself.
        if url.hasPrefix("nats://") || url.hasPrefix("tls://"), !url[start..<at].contains(":") {
            return "\(url[..<start])***\(url[at...])"
        }
        let user = url[start..<at].prefix { $0 != ":" }
        return "\(url[..<start])\(user):***\(url[at...])"
    }

    private static func maskingParameter(in url: String) -> String {
        guard let start = url[...].range(of: "password=")?.upperBound else { return url }
        let rest = url[start...].drop { $0 != "&" }
        return url[..<start] + "***" + maskingParameter(in: String(rest))
    }
}

extension Substring {
    /// The first place where `text` stands.
    fileprivate func range(of text: String) -> Range<Index>? {
        var position = startIndex
        while position < endIndex {
            if self[position...].hasPrefix(text) { return position..<index(position, offsetBy: text.count) }
            position = index(after: position)
        }
        return nil
    }
}
