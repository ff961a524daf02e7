// What follows from crashes: quarantine, refused requests, files that are not tried again.
import Operations
import PluginHost
import Testing

@Suite("Crash history")
struct CrashHistoryTests {
    private func record(
        _ second: Int64, _ cause: CrashRecord.Cause = .signal(4), function: PluginFunction = .prepare,
        hash: String = "h", operation: OperationID? = nil, fingerprint: Fingerprint? = nil
    ) -> CrashRecord {
        CrashRecord(
            host: "processor", hash: hash, table: "things", file: "things.so", function: function, cause: cause,
            operation: operation, fingerprint: fingerprint, at: Timestamp(microseconds: second * 1_000_000))
    }

    private func quarantine(_ seconds: [Int64], at now: Int64) -> Int64? {
        CrashHistory(seconds.map { record($0) })
            .quarantine(of: "h", at: Timestamp(microseconds: now * 1_000_000)).map { $0.microseconds / 1_000_000 }
    }

    @Test("three crashes within a minute, and not two, and not three in two minutes")
    func threshold() {
        #expect(quarantine([0, 10], at: 11) == nil)
        #expect(quarantine([0, 10, 59], at: 60) == 119)
        #expect(quarantine([0, 10, 59], at: 120) == nil)
        #expect(quarantine([0, 40, 80], at: 81) == nil)
    }

    @Test("a trial that crashes doubles it, up to ten minutes; ten quiet minutes end the matter")
    func trials() {
        // In service again at 122; each crash right after that is a trial's.
        var seconds: [Int64] = [0, 1, 2]
        var lengths: [Int64] = []
        var until: Int64 = 62
        for _ in 0..<5 {
            seconds.append(until + 1)
            let next = quarantine(seconds, at: until + 2) ?? 0
            lengths.append(next - until - 1)
            until = next
        }
        #expect(lengths == [120, 240, 480, 600, 600])
        #expect(quarantine([0, 1, 2, 62 + 601], at: 62 + 602) == nil)
    }

    @Test("crashes of processes that had not heard of the quarantine don't lengthen it")
    func late() {
        #expect(quarantine([0, 1, 2, 3, 4], at: 5) == 62)
    }

    @Test("a process that was killed while it called the plugin proves nothing")
    func unproven() {
        let id = OperationID.random()
        let history = CrashHistory((0..<5).map { record($0, .unproven, operation: id) })
        #expect(history.quarantine(of: "h", at: Timestamp(microseconds: 6_000_000)) == nil)
        #expect(history.records(of: id, in: "h").count == 5)
        #expect(history.crashInLoading("h") == nil)
    }

    @Test("a request that crashed the plugin is known by its fingerprint, for that file alone")
    func fingerprint() {
        let bad = Fingerprint(method: "POST", path: "/things", body: [1])
        let good = Fingerprint(method: "POST", path: "/things", body: [2])
        let history = CrashHistory([record(0, .hang, function: .validate, fingerprint: bad)])
        #expect(history.crash(of: bad, in: "h") != nil)
        #expect(history.crash(of: good, in: "h") == nil)
        #expect(history.crash(of: bad, in: "another") == nil)
    }

    @Test("a file that crashed a host while it was loaded is known")
    func loading() {
        #expect(CrashHistory([record(0, function: .register)]).crashInLoading("h") != nil)
        #expect(CrashHistory([record(0, function: .load)]).crashInLoading("h") != nil)
        #expect(CrashHistory([record(0, function: .write)]).crashInLoading("h") == nil)
    }

    @Test("what is said of a crash names function and signal")
    func sentences() {
        #expect(record(0).sentence == "crashed in prepare (signal 4, Illegal instruction)")
        #expect(record(0, .hang, function: .validate).sentence == "did not return from validate")
        #expect(record(0, .exit).sentence == "ended the process in prepare")
    }
}
