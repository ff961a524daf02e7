// Random numbers at the speed of a load.

/// SplitMix64: fast, well distributed, not for secrets. Two sources with different seeds go different ways.
package struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter seed: the system's random numbers by default, so that no two runs are the same.
    package init(seed: UInt64 = .random(in: .min ... .max)) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
