// How often a table's plugin is called, and how long that takes.
import Glibc
import Synchronization

/// Counts the calls of one table's functions, over all its generations. Any thread.
package final class PluginCallCounters: Sendable {
    /// One function's counts.
    private final class Counts: Sendable {
        let calls = Atomic(0)
        let errors = Atomic(0)
        let slow = Atomic(0)
        /// Of the calls that were timed, one in `sampling`.
        let nanoseconds = Atomic(0)
    }

    /// What one function has done so far.
    package struct Reading: Sendable {
        package let calls: Int
        /// Rejections and faults.
        package let errors: Int
        /// Calls above 50 ms (`validate`, checks) or 500 ms (others).
        package let slow: Int
        /// Time in the plugin, from one call in 16.
        package let seconds: Double
    }

    /// Two readings of an exact clock cost more than most calls.
    private static let sampling = 16

    private let counts = PluginFunction.allCases.map { _ in Counts() }

    package init() {}

    package func reading(of function: PluginFunction) -> Reading {
        let counts = counts(of: function)
        return Reading(
            calls: counts.calls.load(ordering: .relaxed), errors: counts.errors.load(ordering: .relaxed),
            slow: counts.slow.load(ordering: .relaxed),
            seconds: Double(counts.nanoseconds.load(ordering: .relaxed) * Self.sampling) / 1e9)
    }

    /// - Returns: when the call begins, where it is one to time; otherwise 0.
    func begin(_ function: PluginFunction) -> Int {
        let number = counts(of: function).calls.wrappingAdd(1, ordering: .relaxed).oldValue
        return number % Self.sampling == 0 ? Self.nanoseconds() : 0
    }

    func end(_ function: PluginFunction, began: Int, isSlow: Bool, isError: Bool) {
        let counts = counts(of: function)
        if began != 0 { counts.nanoseconds.wrappingAdd(Self.nanoseconds() - began, ordering: .relaxed) }
        if isSlow { counts.slow.wrappingAdd(1, ordering: .relaxed) }
        if isError { counts.errors.wrappingAdd(1, ordering: .relaxed) }
    }

    private func counts(of function: PluginFunction) -> Counts { counts[Int(function.rawValue) - 1] }

    private static func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
