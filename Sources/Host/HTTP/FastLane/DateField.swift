// The Date of answers.
import Glibc
import Synchronization

/// `Date: Tue, 24 Nov 2026 17:33:51 GMT` (RFC 9110, 6.6.1 and 5.6.7), made once a second. Any thread.
enum DateField {
    private struct Cached {
        var second = Int.min
        var line: [UInt8] = []
    }

    private static let cached = Mutex(Cached())

    /// The field with its CRLF, for this second.
    static var line: [UInt8] {
        let now = time(nil)
        return cached.withLock { cached in
            if cached.second != now { cached = Cached(second: now, line: line(at: now)) }
            return cached.line
        }
    }

    /// - Parameter second: since 1970.
    static func line(at second: Int) -> [UInt8] {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        let date =
            "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        return Array("Date: \(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT\r\n".utf8)
    }

    private static func two(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : String(number)
    }
}
