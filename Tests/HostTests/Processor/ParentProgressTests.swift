// What an operation waits for whose parent row is missing.
import Operations
import Tables
import Testing

@testable import Processor

@Suite("Progress of parents")
struct ParentProgressTests {
    private static let id = "0a000000-0000-4000-8000-0000000000ff"

    private func descriptor(_ reference: String) throws -> TableDescriptor {
        try TableDescriptor(
            parsing: Array(
                """
                {"name":"nodes","plugin":{"name":"Nodes","version":"1.0.0"},"schemaVersion":1,"key":"id",
                 "columns":[{"name":"id","type":"uuid"},
                            {"name":"parent","type":"uuid","json":"parent","references":\(reference)}],
                 "operations":["create"],"migrations":[]}
                """.utf8))
    }

    private func operation(_ parent: String, sequence: UInt64 = 6) -> PreparedOperation {
        PreparedOperation(
            operationID: .random(), kind: .create, entityID: Self.id, streamSequence: sequence, fingerprint: nil,
            queuedAt: .now(), row: [.text(Array(Self.id.utf8)), .text(Array(parent.utf8))])
    }

    private static let own = #"{"table":"nodes","column":"id"}"#

    @Test("nobody waits for itself: a table may refer to itself")
    func itself() throws {
        let nodes = try descriptor(Self.own)
        let operation = operation(Self.id)
        var progress = ParentProgress(keys: ["nodes": "id"])
        for parent in progress.parents(of: operation, in: nodes) { progress.firstUndecided[parent] = 6 }
        #expect(progress.isDecided(before: operation, in: nodes))
        for parent in progress.parents(of: operation, in: nodes) { progress.firstUndecided[parent] = 5 }
        #expect(!progress.isDecided(before: operation, in: nodes))
    }

    @Test("a parent's partition does not depend on how its id is written")
    func upperCase() throws {
        let nodes = try descriptor(Self.own)
        let progress = ParentProgress(keys: ["nodes": "id"])
        let parents = progress.parents(of: operation(Self.id.uppercased()), in: nodes)
        #expect(parents == progress.parents(of: operation(Self.id), in: nodes))
        #expect(parents.contains(.init(table: "nodes", partition: Partition.of(entityID: Self.id))))
        #expect(parents.count == 2)
    }

    @Test("a parent that is named by another column than its key may be in any partition")
    func otherColumn() throws {
        let nodes = try descriptor(#"{"table":"others","column":"code"}"#)
        let progress = ParentProgress(keys: ["others": "id"])
        #expect(progress.parents(of: operation(Self.id), in: nodes).count == Partition.count + 1)
        // Where the parent's plugin is not loaded, its key is what it is taken for.
        #expect(ParentProgress().parents(of: operation(Self.id), in: nodes).count == 2)
    }
}
