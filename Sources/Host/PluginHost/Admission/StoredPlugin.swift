// A private copy of a plugin file.

/// A copy of a plugin that nobody else changes, named by its hash.
struct StoredPlugin: Sendable {
    /// SHA-256, 64 hexadecimal digits.
    let hash: String
    let path: String
    let bytes: [UInt8]
}
