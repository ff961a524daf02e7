// Ports for servers that do not listen yet.
import Stack
import Testing

@Suite("Free ports")
struct FreePortTests {
    @Test("nobody in a process is given a port that another was given")
    func distinct() throws {
        // Of 17,000: drawn without looking back, some come twice.
        let ports = try (0..<500).map { _ in try FreePort.any() }
        #expect(Set(ports).count == 500)
    }
}
