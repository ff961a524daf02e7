// What a transaction says that it has decided.
import Operations
import Testing

@testable import Processor

@Suite("Result of a batch")
struct ProcessorBatchResultTests {
    private func ended(
        _ kind: OperationKind, _ state: OperationStatus.State
    ) -> (kind: OperationKind, status: OperationStatus) {
        (kind: kind, status: OperationStatus(operationID: .random(), state: state, table: "items"))
    }

    @Test("every kind that is completed invalidates, whichever transaction decided it; what failed changed nothing")
    func kinds() {
        let result = BatchTransaction.Result(
            transactionID: "7", ended: [ended(.delete, .completed), ended(.update, .failed), ended(.delete, .failed)])
        #expect(result.kinds == [.delete])
        #expect(result.statuses.map(\.state) == [.completed, .failed, .failed])
    }

    @Test("ends that are too large for one message are told in several, all of them and in order")
    func parts() {
        let statuses = (0..<50).map { _ in
            EncodedStatus(OperationStatus(operationID: .random(), state: .completed, table: "items"))
        }
        let size = statuses[0].bytes.count
        for maximum in [1, size, 3 * size, 3 * size + 1, 100 * size] {
            let parts = OperationAnnouncer.parts(of: statuses, maximumBytes: maximum)
            #expect(parts.flatMap { $0.map(\.operationID) } == statuses.map(\.operationID))
            #expect(parts.allSatisfy { $0.count == 1 || $0.count * size <= maximum })
            #expect(parts.count == (50 + max(1, maximum / size) - 1) / max(1, maximum / size))
        }
        #expect(OperationAnnouncer.parts(of: [], maximumBytes: 1).isEmpty)
    }
}
