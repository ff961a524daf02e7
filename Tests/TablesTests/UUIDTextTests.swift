// UUIDs as plugins may write them.
import Tables
import Testing

@Suite("UUIDs in PostgreSQL's input forms")
struct UUIDTextTests {
    private func normalized(_ text: String) -> String? {
        UUIDText.normalized(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "each form becomes the one that the hosts write",
        arguments: [
            entity, entity.uppercased(), "{\(entity)}", entity.replacing("-", with: ""),
            "{\(entity.replacing("-", with: "").uppercased())}", "0a53-dfa0-8c2f-4f0e-9d0c-5d3c-4b1f-6a10",
            "0a53dfa0-8c2f4f0e-9d0c5d3c-4b1f6a10",
        ])
    func forms(text: String) {
        #expect(normalized(text) == entity)
    }

    @Test(
        "what PostgreSQL refuses is none",
        arguments: [
            "", "{", "}", "{}", "x", "{\(entity)", "\(entity)}", "({\(entity)})", " \(entity)", "\(entity)-",
            "-\(entity)", "\(entity)0", String(entity.dropLast()), entity.replacing("-", with: "--"),
            entity.replacing("a", with: "g"), entity.replacing("-", with: "_"), "0a5-3dfa0-8c2f-4f0e-9d0c-5d3c4b1f6a10",
        ])
    func others(text: String) {
        #expect(normalized(text) == nil)
    }
}
