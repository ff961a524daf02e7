// What tells one worker from another.
import Operations

/// A partition of a table.
struct WorkerName: Hashable, Sendable {
    let table: String
    /// 0 to 7, or `Partition.plainSubject`.
    let partition: Int

    init(table: String, partition: Int) {
        self.table = table
        self.partition = partition
    }

    /// From the name of a durable consumer, the inverse of `Subject.writer`; `nil` for any other consumer.
    init?(consumer: String) {
        if consumer.hasSuffix("-writer") {
            self.init(table: String(consumer.dropLast("-writer".count)), partition: Partition.plainSubject)
            return
        }
        guard let dash = consumer.lastIndex(of: "-"), consumer[..<dash].hasSuffix("-writer") else { return nil }
        let number = consumer[consumer.index(after: dash)...]
        guard let partition = (0..<Partition.count).first(where: { number == String($0) }) else { return nil }
        self.init(table: String(consumer[..<dash].dropLast("-writer".count)), partition: partition)
    }

    /// The durable consumer of the partition.
    var consumer: String { Subject.writer(table: table, partition: partition) }
}
