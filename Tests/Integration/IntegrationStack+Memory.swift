// What a stack's processes take.
import Foundation
import Testing

extension IntegrationStack {
    /// Resident memory of a process of the stack, in KB.
    func residentKilobytes(of name: String) async throws -> Int {
        let pid = try #require(await pid(name))
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
    }
}
