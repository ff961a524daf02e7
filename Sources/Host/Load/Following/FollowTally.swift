// What a run of `jspg bench follow` has counted.

/// Operations by their intended start; only the measured part of a run.
package struct FollowTally: Sendable {
    /// The POSTs; its latency is to `completed`.
    package var writes = LoadTally()
    package var completed = 0
    package var failed = 0
    /// Accepted or sent, and not ended within `FollowPlan.longest`.
    package var lost = 0
    /// From the intended start to the answer to the POST.
    package var accepted = LatencyHistogram()

    package init() {}
}
