// What `jspg up` and `jspg status` print.
import Foundation
import Stack
import Testing

@testable import CLI

@Suite("Stack table")
struct StackTableTests {
    private let endpoints = Endpoints(
        urls: [
            "gateway": "http://127.0.0.1:1", "cdc": "http://127.0.0.1:2", "processor": "http://127.0.0.1:3",
            "processor-2": "http://127.0.0.1:4", "processor-10": "http://127.0.0.1:5",
        ], pluginDirectory: "/x/plugins", pids: ["gateway": 1])

    @Test("every host has its address, in endpoints.json as well")
    func addresses() {
        #expect(Endpoints(endpoints.json) == endpoints)
        #expect(endpoints.otherHosts == ["cdc", "processor", "processor-2", "processor-10"])
        let text = StackTable(endpoints: endpoints, state: "/x", pluginFailures: []).text
        #expect(text.contains("Everything is up:"))
        for port in 1...5 { #expect(text.contains("http://127.0.0.1:\(port)\n")) }
    }

    @Test("deploy/nginx has the site of the developer stack, on an installation's ports")
    func site() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../../deploy/nginx/jspg.conf").standardized
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
        let site = WebServer.site(listen: "8080", gatewayPort: 3000, readAPIPort: 3001).split(separator: "\n")
        #expect(lines.map { "    " + $0 } == site.map(String.init))
    }

    @Test("a plugin that a host refused is told with the reason")
    func failures() {
        let text = StackTable(endpoints: endpoints, state: "/x", pluginFailures: ["/x/plugins: others can write"]).text
        #expect(text.contains("not every plugin is in service") && text.contains("  /x/plugins: others can write\n"))
    }
}
