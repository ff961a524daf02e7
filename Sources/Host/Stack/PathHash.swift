// Names for what belongs to a folder and lies elsewhere.
import Operations

/// A short name that stands for a path: the same in each run, and hardly ever that of another path.
enum PathHash {
    /// FNV-1a (64 bits), hexadecimal.
    static func of(_ path: String) -> String {
        String(FNV1a.hash(path), radix: 16)
    }
}
