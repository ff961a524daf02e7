// `If-None-Match`.
import Testing

@testable import ReadAPI

@Suite("Entity tags")
struct EntityTagTests {
    @Test(
        "the tag is found alone, in a list, in a further header, as a weak one, and by *",
        arguments: [
            ["\"b\""], ["W/\"b\""], ["\"a\",\"b\""], ["\"a\" , \tW/\"b\" "], ["\"a\"", "\"b\""], ["*"], [" * "],
        ])
    func found(values: [String]) {
        #expect(EntityTag.matches(values, "\"b\""))
    }

    @Test(
        "another tag, part of it or no tag is not it",
        arguments: [[], [""], [","], ["\"a\""], ["\"bb\""], ["\"\""], ["b"], ["w/\"b\""]])
    func other(values: [String]) {
        #expect(!EntityTag.matches(values, "\"b\""))
    }
}
