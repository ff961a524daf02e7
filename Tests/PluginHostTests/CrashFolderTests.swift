// How long crashes are remembered.
import Foundation
import Operations
import Testing

@testable import PluginHost

@Suite("Crash folder")
struct CrashFolderTests {
    private static let day: Int64 = 24 * 3_600 * 1_000_000

    @Test("a crash is forgotten after a day, unless the file was being loaded: that one is not tried again")
    func age() throws {
        let root = NSTemporaryDirectory() + "jspg-crashes-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let folder = CrashFolder(stateDirectory: root)
        try folder.makeFolders()
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
