// Events with a beat in their silence.
import HTTP

/// A stream's events, and `silence` each time nothing came for `EventStream.heartbeat`.
struct Beats: AsyncSequence {
    enum Element {
        case event, silence
    }

    private let events: AsyncStream<Void>

    init(_ events: AsyncStream<Void>) {
        self.events = events
    }

    func makeAsyncIterator() -> AsyncStream<Element>.Iterator {
        let (beats, continuation) = AsyncStream.makeStream(of: Element.self, bufferingPolicy: .bufferingNewest(2))
        let events = events
        let task = Task {
            await withTaskGroup { group in
                group.addTask {
                    for await _ in events { continuation.yield(.event) }
                    continuation.finish()
                }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: EventStream.heartbeat)
                        continuation.yield(.silence)
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
