// Points in time, without a calendar library.
import Glibc

/// Microseconds since 1970-01-01 00:00:00 UTC, PostgreSQL's resolution.
package struct Timestamp: Hashable, Sendable, Comparable {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The system's clock.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-11-24T03:29:00.123Z`, the form of the old system.
    package var description: String {
        let milliseconds = microseconds.flooredQuotient(by: 1_000)
        let seconds = milliseconds.flooredQuotient(by: 1_000)
        let days = seconds.flooredQuotient(by: 86_400)
        let second = seconds - days * 86_400
        // Days to a date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            func put(_ value: Int64, digits: Int, at position: Int) {
                var value = value
                for offset in stride(from: digits - 1, through: 0, by: -1) {
                    buffer[position + offset] = UInt8(ascii: "0") + UInt8(value % 10)
                    value /= 10
                }
            }
            put(year, digits: 4, at: 0)
            buffer[4] = UInt8(ascii: "-")
            put(month, digits: 2, at: 5)
            buffer[7] = UInt8(ascii: "-")
            put(day, digits: 2, at: 8)
            buffer[10] = UInt8(ascii: "T")
            put(second / 3_600, digits: 2, at: 11)
            buffer[13] = UInt8(ascii: ":")
            put(second / 60 % 60, digits: 2, at: 14)
            buffer[16] = UInt8(ascii: ":")
            put(second % 60, digits: 2, at: 17)
            buffer[19] = UInt8(ascii: ".")
            put(milliseconds - seconds * 1_000, digits: 3, at: 20)
            buffer[23] = UInt8(ascii: "Z")
            return 24
        }
    }
}

extension Timestamp {
    /// Reads RFC 3339 (`2026-11-24T03:29:00.123456Z`, `…+02:00`); digits beyond microseconds are cut off.
    /// `nil` for anything else, dates that no calendar has included.
    package init?(rfc3339 text: String) {
        var units = Array(text.utf8)[...]
        func number(_ count: Int) -> Int64? {
            guard units.count >= count else { return nil }
            var value: Int64 = 0
            for unit in units.prefix(count) {
                guard (0x30...0x39).contains(unit) else { return nil }
                value = value * 10 + Int64(unit - 0x30)
            }
            units.removeFirst(count)
            return value
        }
        func take(_ allowed: String) -> UInt8? {
            guard let first = units.first, allowed.utf8.contains(first) else { return nil }
            units.removeFirst()
            return first
        }
        guard let year = number(4), take("-") != nil, let month = number(2), take("-") != nil, let day = number(2),
            take("Tt ") != nil, let hour = number(2), take(":") != nil, let minute = number(2), take(":") != nil,
            let second = number(2)
        else { return nil }
        var fraction: Int64 = 0
        if take(".") != nil {
            var scale: Int64 = 100_000
            guard let first = units.first, (0x30...0x39).contains(first) else { return nil }
            while let digit = number(1) {
                fraction += digit * scale
                scale /= 10
            }
        }
        var offset: Int64 = 0
        guard let zone = take("Zz+-") else { return nil }
        if zone == UInt8(ascii: "+") || zone == UInt8(ascii: "-") {
            guard let hours = number(2), take(":") != nil, let minutes = number(2), hours < 24, minutes < 60 else {
                return nil
            }
            offset = (hours * 60 + minutes) * 60 * (zone == UInt8(ascii: "-") ? -1 : 1)
        }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard units.isEmpty, (1...12).contains(month), (1...lengths[Int(month) - 1]).contains(day), hour < 24,
            minute < 60, second < 61
        else { return nil }
        // A date to days: Howard Hinnant, days_from_civil.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredQuotient(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        self.init(
            microseconds: ((days * 24 + hour) * 3_600 + minute * 60 + second - offset) * 1_000_000 + fraction)
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity, for times before 1970.
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
