// Calls into one generation of a table's plugin.
import CBreadcrumbs
import Logging

/// Leaves a breadcrumb around each call and counts it. Any thread.
struct PluginCalls: Sendable {
    /// The generation's entry in the breadcrumb file.
    let entry: UInt32
    let counters: PluginCallCounters
    let logger: Logger?
    let table: String

    /// For calls that no host makes: in the probe and in tools.
    static var untraced: PluginCalls {
        PluginCalls(entry: 0, counters: PluginCallCounters(), logger: nil, table: "")
    }

    /// Calls the plugin.
    ///
    /// - Parameter body: runs the function on this thread, without a suspension.
    func during<Value, Failure: Error>(
        _ function: PluginFunction, for origin: PluginCallOrigin, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let began = counters.begin(function)
        let crumb = origin.withBytes { breadcrumb_begin(entry, function.rawValue, $0, $1) }
        do throws(Failure) {
            let value = try body()
            end(function, crumb, began: began, isError: false)
            return value
        } catch {
            end(function, crumb, began: began, isError: true)
            throw error
        }
    }

    private func end(
        _ function: PluginFunction, _ crumb: UnsafeMutablePointer<breadcrumb>?, began: Int, isError: Bool
    ) {
        let duration = breadcrumb_end(crumb)
        let isSlow = duration >= function.slow
        counters.end(function, began: began, isSlow: isSlow, isError: isError)
        if isSlow {
            logger?.warning(
                "a plugin's function is slow",
                metadata: [
                    "table": "\(table)", "function": "\(function.name)", "milliseconds": "\(duration / 1_000_000)",
                ])
        }
    }

    /// Runs host code that the plugin has called: what happens there is not the plugin's doing.
    static func inHost<Value>(_ body: () -> Value) -> Value {
        let crumb = breadcrumb_current()
        breadcrumb_pause(crumb)
        defer { breadcrumb_resume(crumb) }
        return body()
    }

    /// Runs plugin code that host code calls back.
    static func backInPlugin<Value>(_ body: () -> Value) -> Value {
        let crumb = breadcrumb_current()
        breadcrumb_resume(crumb)
        defer { breadcrumb_pause(crumb) }
        return body()
    }
}
