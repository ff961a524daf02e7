// The functions of a plugin that a host calls.

/// Which function of a plugin; the numbers are in breadcrumb files.
package enum PluginFunction: UInt32, Sendable, CaseIterable {
    case load = 1
    case register, selfTest, validate, checks, prepare, derives, write, upgrade

    /// As the header and the metrics call it.
    package var name: String {
        switch self {
        case .load: "constructor"
        case .selfTest: "self_test"
        default: "\(self)"
        }
    }

    /// Those that requests and messages lead to.
    package static let ofWrites: [PluginFunction] = [.validate, .checks, .prepare, .derives, .write, .upgrade]

    /// How many ticks of 100 ms may find a call in the plugin's code before it counts as hung.
    var maximumTicks: Int {
        switch self {
        case .validate, .checks, .derives: 20
        case .load, .register, .selfTest, .prepare, .upgrade: 50
        case .write: 100
        }
    }

    /// From where on a call is counted as slow, in nanoseconds.
    var slow: Int64 { self == .validate || self == .checks ? 50_000_000 : 500_000_000 }
}
