// Messages whose operation has crashed a plugin before.
import Operations
import Testing

@testable import JetStream
@testable import PluginHost
@testable import Processor

@Suite("Crashes of operations")
struct OperationCrashesTests {
    private static let ids = (1...4).map { OperationID.derived(from: "\($0)") }

    private func crash(
        _ id: OperationID, _ cause: CrashRecord.Cause = .signal(4), hash: String = "h"
    ) -> CrashRecord {
        CrashRecord(
            host: "processor", hash: hash, table: "things", file: "things.so", function: .prepare, cause: cause,
            operation: id, at: Timestamp(microseconds: 0))
    }

    private func crashes(_ records: [CrashRecord]) -> OperationCrashes {
        OperationCrashes(
            CrashHistory(records),
            of: PluginIdentity(name: "Things", version: "1.0.0", hash: "h", file: "things.so", generation: 1))
    }

    private func message(_ id: OperationID) throws -> WriteMessage {
        let stored = StoredMessage(
            direct: NATSMessage(
                subject: "_INBOX",
                headers: [
                    "Nats-Subject": "writes.things.1", "Nats-Sequence": "7", MessageHeader.messageID: id.description,
                ]))
        return WriteMessage(try #require(stored))
    }

    @Test("a message with a record goes alone, and those before and behind it go together")
    func together() throws {
        let messages = try Self.ids.map { try message($0) }
        let crashes = crashes([crash(Self.ids[1], .unproven)])
        #expect(crashes.batchablePrefixCount(messages[...]) == 1)
        #expect(crashes.batchablePrefixCount(messages[1...]) == 1)
        #expect(crashes.batchablePrefixCount(messages[2...]) == 2)
        #expect(self.crashes([]).batchablePrefixCount(messages[...]) == 4)
    }

    @Test("it is given up after two crashes that are proven, of this file")
    func givingUp() throws {
        let id = Self.ids[0]
        let message = try message(id)
        #expect(crashes([]).reasonToGiveUp(message) == nil)
        #expect(crashes([crash(id), crash(id, .unproven), crash(id, hash: "other")]).reasonToGiveUp(message) == nil)
        #expect(crashes([crash(id), crash(Self.ids[1])]).reasonToGiveUp(message) == nil)
        #expect(
            crashes([crash(id), crash(id)]).reasonToGiveUp(message)
                == "The plugin Things crashed in prepare (signal 4, Illegal instruction) on this operation, 2 times: "
                + "it was given up.")
    }
}
