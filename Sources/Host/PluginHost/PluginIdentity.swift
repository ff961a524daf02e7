// Which plugin it is.

/// The file that a table came from.
package struct PluginIdentity: Sendable, Hashable {
    /// As its descriptor says.
    package let name: String
    package let version: String
    /// SHA-256 of the file, 64 hexadecimal digits.
    package let hash: String
    /// The file's name in the plugin folder.
    package let file: String
    /// Counts the generations of this process, from 1.
    package let generation: Int
}
