// How far behind change data capture is.
import JSON
import Operations
import Synchronization

/// What the capture process last said of itself. Any thread.
final class CaptureLag: Sendable {
    private struct State {
        var milliseconds: Int64?
        var heardAt = ContinuousClock.now
    }

    /// A heartbeat comes each second; what is older adds to the lag.
    private static let interval = Duration.seconds(3)
    /// A century, in milliseconds: what says more is faulty.
    private static let longest: Int64 = 100 * 366 * 86_400_000

    private let state = Mutex(State())

    func take(_ heartbeat: [UInt8]) {
        guard let lag = (try? JSONDocument(parsing: heartbeat))?.root["lagMs"]?.int64, (0...Self.longest).contains(lag)
        else { return }
        state.withLock { state in
            state.milliseconds = lag
            state.heardAt = .now
        }
    }

    /// In milliseconds; `nil` where none was ever heard of: there is no capture process, or it is another product.
    var milliseconds: Int64? {
        state.withLock { state in
            state.milliseconds.map { lag in
                let silence = ContinuousClock.now - state.heardAt
                return silence > Self.interval ? lag + Int64(silence / .milliseconds(1)) : lag
            }
        }
    }
}
