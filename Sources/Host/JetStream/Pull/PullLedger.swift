// What a pull subscription has asked for, and when it has to ask again. No clock, no connection.

/// Counts the messages that the server still owes. The server does not say which request a message answers, so the
/// count is of all requests together; where it is wrong for a while (an answer without numbers), asking too much only
/// fills the buffer further, and asking too little is mended when the server has nothing left to answer.
struct PullLedger {
    private let batch: Int
    /// Requests that the server has not ended, by number, with what each asked for.
    private var requests: [UInt64: Int] = [:]
    private var lastNumber: UInt64 = 0
    /// How many messages are asked for and have not come.
    private(set) var awaited = 0
    /// The pin, from the last message that carried one.
    private(set) var pin: String?

    init(batch: Int) {
        self.batch = batch
    }

    /// What to ask for now, if anything: as much as there is room for, once half of the room is free.
    mutating func nextRequest(buffered: Int) -> (number: UInt64, count: Int)? {
        guard buffered + awaited <= batch / 2 else { return nil }
        let count = batch - buffered - awaited
        lastNumber += 1
        requests[lastNumber] = count
        awaited += count
        return (lastNumber, count)
    }

    mutating func delivered(pin newPin: String?) {
        awaited = max(0, awaited - 1)
        if awaited == 0 { requests = [:] }
        if let newPin { pin = newPin }
    }

    /// The server ended a request, `remaining` messages before it was answered in full (`nil`: it didn't say).
    mutating func ended(number: UInt64, remaining: Int?) {
        guard let asked = requests.removeValue(forKey: number) else { return }
        awaited = max(0, awaited - (remaining ?? asked))
        if requests.isEmpty { awaited = 0 }
    }

    /// The pin is not valid (any more).
    mutating func unpin() {
        pin = nil
    }

    /// The server has forgotten all requests.
    mutating func reset() {
        requests = [:]
        awaited = 0
    }
}
