@testable import Load
import Testing

@Suite("Reading statuses")
struct StatusTextTests {
    private func last(_ text: String) -> String? { StatusText.lastStatus(inEvents: Array(text.utf8)) }

    @Test("the last complete event counts")
    func events() {
        #expect(last("retry: 1000\n\n") == nil)
        let queued = "retry: 1000\n\nevent: status\ndata: {\"status\":\"queued\"}\n\n"
        #expect(last(queued) == "queued")
        #expect(last(queued + ":\n\nevent: status\ndata: {\"status\":\"comp") == "queued")
        #expect(last(queued + "event: status\ndata: {\"status\":\"completed\"}\n\n") == "completed")
    }

    @Test("only the member of the object itself is its status")
    func member() {
        #expect(StatusText.status(#"{"error":{"status":"completed"},"status":"failed"}"#.utf8) == "failed")
        #expect(StatusText.status("no JSON".utf8) == nil)
    }

    @Test(
        "a Location is followed by its path",
        arguments: [
            ("/status/1?a=b", "/status/1?a=b"), ("http://h:1/status/1?a=b", "/status/1?a=b"), ("status/1", "/status/1"),
        ])
    func location(text: String, path: String) {
        #expect(String(decoding: StatusText.path(ofLocation: Array(text.utf8)), as: UTF8.self) == path)
    }
}
