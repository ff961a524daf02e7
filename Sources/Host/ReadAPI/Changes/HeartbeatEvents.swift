// Events with a beat in their silence.
import HTTP

/// A stream's events, and `silence` again and again in between. Whoever is slow gets several events as one, and an event
/// rather than a silence.
struct HeartbeatEvents: AsyncSequence {
    enum Element {
        case event, silence
    }

    private let events: AsyncStream<Void>
    private let heartbeat: Duration

    init(_ events: AsyncStream<Void>, every heartbeat: Duration = EventStream.heartbeat) {
        self.events = events
        self.heartbeat = heartbeat
    }

    func makeAsyncIterator() -> AsyncStream<Element>.Iterator {
        let (beats, continuation) = AsyncStream.makeStream(of: Element.self, bufferingPolicy: .bufferingNewest(1))
        let (events, heartbeat) = (events, heartbeat)
        let task = Task {
            await withTaskGroup { group in
                group.addTask {
                    for await _ in events { continuation.yield(.event) }
                    continuation.finish()
                }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: heartbeat)
                        // There is room for one, and the event comes first.
                        if case .dropped(.event) = continuation.yield(.silence) { continuation.yield(.event) }
                    }
                }
                _ = await group.next()
                group.cancelAll()
            }
        }
        // The task ends with whoever takes the beats.
        continuation.onTermination = { _ in task.cancel() }
        return beats.makeAsyncIterator()
    }
}
