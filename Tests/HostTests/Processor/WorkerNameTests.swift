// Workers by the names of their consumers.
import Operations
import Testing

@testable import Processor

@Suite("Worker names")
struct WorkerNameTests {
    @Test("each worker's consumer leads back to it", arguments: [Partition.plainSubject] + Array(0..<Partition.count))
    func roundTrip(partition: Int) {
        for table in ["items", "line_items"] {
            let worker = WorkerName(table: table, partition: partition)
            #expect(WorkerName(consumer: worker.consumer) == worker)
        }
    }

    @Test(
        "consumers of others are nobody's",
        arguments: [
            "", "writer", "cache-invalidator", "items-writer-8", "items-writer-", "items-writer-x", "items-writer--1",
            "items-writer-+3", "items-writer-03",
            "items-reader-1", "items-1",
        ])
    func others(consumer: String) {
        #expect(WorkerName(consumer: consumer) == nil)
    }
}
