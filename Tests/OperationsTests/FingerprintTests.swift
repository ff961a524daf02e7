import Operations
import Testing

@Suite("Fingerprints and partitions")
struct FingerprintTests {
    @Test("SHA-256 of method, path and body, in three forms")
    func forms() throws {
        let fingerprint = Fingerprint(method: "POST", path: "/items", body: Array("{}".utf8))
        #expect(Fingerprint(hexadecimal: fingerprint.hexadecimal) == fingerprint)
        #expect(Fingerprint(bytes: fingerprint.bytes) == fingerprint)
        #expect(fingerprint.hexadecimal.hasPrefix(fingerprint.short))
        #expect(fingerprint.short.utf8.count == 16)
        // printf 'POST\n/items\n{}' | sha256sum
        #expect(fingerprint.hexadecimal == "d84243f2dbeaf205eef4272e0f27a4c5e00eeb1e385acf60a12c79bcfde48626")
    }

    @Test("each part counts")
    func parts() {
        let all = [("POST", "/a", "b"), ("PUT", "/a", "b"), ("POST", "/ab", ""), ("POST", "/a", "")]
        #expect(Set(all.map { Fingerprint(method: $0.0, path: $0.1, body: Array($0.2.utf8)) }).count == 4)
    }

    @Test("a path with a line feed is not taken for a shorter one with a longer body")
    func lineFeed() {
        let body = Array("{}".utf8)
        #expect(
            Fingerprint(method: "PUT", path: "/t/a", body: Array(" \n".utf8) + body)
                != Fingerprint(method: "PUT", path: "/t/a\n ", body: body))
    }

    @Test("other texts are refused", arguments: ["", "00", String(repeating: "g", count: 64)])
    func refused(text: String) {
        #expect(Fingerprint(hexadecimal: text) == nil)
    }

    @Test("the partition of an entity never changes: its order would be lost")
    func partition() {
        #expect(Partition.of(entityID: "0123abcd-4567-89ab-cdef-0123456789ab") == 6)
        var counts = Array(repeating: 0, count: Partition.count)
        for number in 0..<8_000 {
            let id = OperationID.derived(from: "\(number)").description
            counts[Partition.of(entityID: id)] += 1
        }
        #expect(counts.allSatisfy { (850...1_150).contains($0) })
    }

    @Test("the consumer and subject of the plain subject have no number")
    func plainSubject() {
        #expect(Subject.writes(table: "items", partition: Partition.plainSubject) == "writes.items")
        #expect(Subject.writer(table: "items", partition: Partition.plainSubject) == "items-writer")
        #expect(Subject.writes(table: "items", partition: 3) == "writes.items.3")
        #expect(Subject.writer(table: "items", partition: 3) == "items-writer-3")
    }
}
