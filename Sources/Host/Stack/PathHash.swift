// Names for what belongs to a folder and lies elsewhere.

/// A short name that stands for a path: the same in each run, and hardly ever that of another path.
enum PathHash {
    /// FNV-1a (64 bits), hexadecimal.
    static func of(_ path: String) -> String {
        String(
            path.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
    }
}
