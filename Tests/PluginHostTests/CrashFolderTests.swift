// How long crashes are remembered.
import Foundation
import Operations
import Testing

@testable import PluginHost

@Suite("Crash folder")
struct CrashFolderTests {
    private static let day: Int64 = 24 * 3_600 * 1_000_000
    /// No process has such a pid.
    private static let ended = "999999999-1"

    private func withFolder(_ body: (_ root: String, CrashFolder) throws -> Void) throws {
        let root = NSTemporaryDirectory() + "jspg-crashes-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let folder = CrashFolder(stateDirectory: root)
        try folder.makeFolders()
        try body(root, folder)
    }

    /// What a process leaves that was ended by a signal in `prepare`.
    private var breadcrumbs: Data { breadcrumbs(signal: 4, state: 1) }

    /// - Parameters:
    ///   - signal: the number of a signal, or 254 for a hang.
    ///   - state: 1 in the plugin, 2 in a callback.
    private func breadcrumbs(signal: UInt8, state: UInt8) -> Data {
        let (header, slot, slots, entries) = (128, 128, 256, 4_096 * 256)
        var bytes = Data(count: header + slot * slots + entries)
        bytes.replaceSubrange(0..<8, with: Data("JSPGCRM2".utf8))
        bytes[header + 8] = signal
        // The values above a byte are negative, as BREADCRUMB_HANG is.
        if signal > 127 { bytes.replaceSubrange((header + 9)..<(header + 12), with: [255, 255, 255]) }
        bytes[header + 20] = UInt8(PluginFunction.prepare.rawValue)
        bytes[header + 96] = state
        bytes.replaceSubrange((header + slot * slots)..<(header + slot * slots + 4), with: Data("hash".utf8))
        return bytes
    }

    @Test("a crash whose record can't be written is not forgotten: the next look writes it")
    func unwritable() throws {
        try withFolder { root, folder in
            try breadcrumbs.write(to: URL(filePath: "\(root)/breadcrumbs/gateway-\(Self.ended).crumbs"))
            try FileManager.default.removeItem(atPath: root + "/crashes")
            #expect(throws: PluginFailure.self) { try folder.collect() }
            try folder.makeFolders()
            let found = try folder.collect().found
            #expect(found.map(\.hash) == ["hash"] && found.first?.cause == .signal(4))
            #expect(try folder.collect().found.isEmpty)
        }
    }

    @Test(
        "in a callback a hang is the plugin's doing, and nothing else is; outside of calls nothing is",
        arguments: [
            (254, 1, .hang), (254, 2, .hang), (0, 1, .unproven), (0, 2, nil), (4, 0, nil),
        ] as [(UInt8, UInt8, CrashRecord.Cause?)])
    func states(signal: UInt8, state: UInt8, cause: CrashRecord.Cause?) throws {
        try withFolder { root, folder in
            try breadcrumbs(signal: signal, state: state)
                .write(to: URL(filePath: "\(root)/breadcrumbs/processor-\(Self.ended).crumbs"))
            #expect(try folder.collect().found.map(\.cause) == (cause.map { [$0] } ?? []))
        }
    }

    @Test("what a process had claimed that ended before it made records is taken up")
    func claimed() throws {
        try withFolder { root, folder in
            let name = ".read-api-\(Self.ended).crumbs.\(Self.ended)"
            try breadcrumbs.write(to: URL(filePath: "\(root)/breadcrumbs/\(name)"))
            #expect(try folder.collect().found.map(\.host) == ["read-api"])
        }
    }

    @Test("a crash is forgotten after a day, unless the file was being loaded: that one is not tried again")
    func age() throws {
        try withFolder { root, folder in
            let crashes: [(hash: String, function: PluginFunction, cause: CrashRecord.Cause)] = [
                ("loaded", .load, .signal(11)), ("registered", .register, .hang), ("killed", .load, .unproven),
                ("called", .prepare, .signal(4)),
            ]
            for (hash, function, cause) in crashes {
                let record = CrashRecord(
                    host: "gateway", hash: hash, table: "", file: "\(hash).so", function: function, cause: cause,
                    at: Timestamp(microseconds: 0))
                try Data(record.json).write(to: URL(filePath: "\(root)/crashes/\(hash).json"))
            }
            func known(at now: Int64) -> Set<String> {
                let history = folder.history(at: Timestamp(microseconds: now))
                return Set(crashes.map(\.hash).filter { !history.records(of: $0).isEmpty })
            }
            #expect(known(at: Self.day - 1) == ["loaded", "registered", "killed", "called"])
            #expect(known(at: Self.day) == ["loaded", "registered"])
            _ = try folder.collect(at: Timestamp(microseconds: 100 * Self.day))
            #expect(known(at: 1) == ["loaded", "registered"])
            #expect(folder.history(at: Timestamp(microseconds: 100 * Self.day)).crashInLoading("loaded") != nil)
        }
    }
}
