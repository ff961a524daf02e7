// A hash that is the same in every process.

/// FNV-1a of 64 bits (RFC 9923): not for what an attacker chooses.
package enum FNV1a {
    package static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for unit in text.utf8 { hash = (hash ^ UInt64(unit)) &* 0x100_0000_01b3 }
        return hash
    }
}
