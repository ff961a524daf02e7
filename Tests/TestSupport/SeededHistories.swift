// Histories of simulators until one shows what is looked for.

/// Whether a history of one of these seeds shows it.
package func isShown(in seeds: Range<UInt64>, _ shows: (UInt64) -> Bool) async -> Bool {
    for seed in seeds {
        // Thousands of histories must not keep tests that wait for servers from running.
        if seed % 64 == 0 { await Task.yield() }
        if shows(seed) { return true }
    }
    return false
}
