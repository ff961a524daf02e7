// Which plugin it is.
import Crypto
import Encodings

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

    /// SHA-256 of a file's content, 64 hexadecimal digits.
    package static func hash(of content: some Sequence<UInt8>) -> String {
        Hexadecimal.text(SHA256.hash(data: Array(content)))
    }
}
