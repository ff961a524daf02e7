// The processor's pure pieces.
import Operations
import Processor
import Testing

@Suite("Room in the stream")
struct StreamTrimTests {
    private func trim(
        bytes: UInt64, consumers: [StreamTrim.Consumer] = [], unserved: [UInt64] = [], window: UInt64? = 90
    ) -> StreamTrim {
        StreamTrim(
            bytes: bytes, maximumBytes: 1_000, firstSequence: 10, lastSequence: 99, consumers: consumers,
            unservedFrom: unserved, duplicateWindowFrom: window)
    }

    @Test("nothing is removed while half of the stream is free")
    func halfEmpty() {
        #expect(trim(bytes: 500).keepFrom == nil)
    }

    @Test("what is undecided stays, however full the stream is")
    func undecided() {
        let consumers = [
            StreamTrim.Consumer(acknowledgedThrough: 40, hasUndecided: true),
            StreamTrim.Consumer(acknowledgedThrough: 5, hasUndecided: false),
        ]
        #expect(trim(bytes: 600, consumers: consumers).keepFrom == 41)
        #expect(trim(bytes: 999, consumers: consumers).keepFrom == 41)
        #expect(trim(bytes: 999, unserved: [10]).keepFrom == nil)
        #expect(trim(bytes: 999, unserved: [30]).keepFrom == 30)
    }

    @Test("the duplicate window stays until three quarters are used")
    func window() {
        #expect(trim(bytes: 600).keepFrom == 90)
        #expect(trim(bytes: 600, window: nil).keepFrom == nil)
        #expect(trim(bytes: 800).keepFrom == 100)
    }
}
