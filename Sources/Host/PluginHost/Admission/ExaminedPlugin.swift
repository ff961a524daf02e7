// A private copy of a plugin file that has been looked at.

/// What is kept of a copy from the look at it until it is loaded. Not its content: a start may find hundreds of new files.
struct ExaminedPlugin: Sendable {
    /// SHA-256, 64 hexadecimal digits.
    let hash: String
    let path: String
    let image: ELFImage
}
