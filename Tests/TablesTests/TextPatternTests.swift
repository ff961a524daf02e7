// Which regular expressions descriptors may have.
import Testing

@testable import Tables

@Suite("Text patterns")
struct TextPatternTests {
    @Test(
        "what POSIX has not is refused",
        arguments: [
            #"\d"#, #"[\d]"#, #"(a)\1"#, "(?:a)", "(?=a)", "[]](?:a)", "[^]](?:a)", #"[\](?:a)"#, "[[:alpha:]](?:a)",
        ])
    func foreign(source: String) {
        #expect(TextPattern(source) == nil)
    }

    @Test(
        "between brackets a parenthesis and a question mark stand for themselves",
        arguments: [("^[(?!]+$", "(?!"), ("^[[:alpha:](?]+$", "a(?"), ("^[](?]+$", "](?"), (#"^\(?a$"#, "(a")])
    func brackets(source: String, text: String) throws {
        let pattern = try #require(TextPattern(source))
        #expect(pattern.matches(text))
    }
}
