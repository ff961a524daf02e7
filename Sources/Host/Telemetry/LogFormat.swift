// How log lines look.

/// `LOG_FORMAT`.
package enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for machines.
    case json
    /// One line of text, for people.
    case text
}
