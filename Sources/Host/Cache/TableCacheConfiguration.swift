// The limits of the cache.

package struct TableCacheConfiguration: Sendable {
    /// How long an entry may be served although nothing invalidated it: the bound for changes that nobody told of.
    package var timeToLive: Duration = .seconds(30)
    /// Bytes of memory for copies in this process; 0 switches them off.
    package var localBytes = 64 << 20
    /// Larger bodies are not stored.
    package var maximumEntryBytes = 4 << 20

    package init() {}
}
