// Which texts are e-mail addresses.
import Testing

@testable import Tables

@Suite("The format email")
struct EmailFormatTests {
    @Test(
        "addresses",
        arguments: [
            "a@b.c", "ada.l+x!#$%&'*/=?^_`{|}~-@example.com", "A@B-C.d3", ".@a.b",
            String(repeating: "a", count: 64) + "@b.c", "a@" + String(repeating: "b", count: 63) + ".c",
        ])
    func valid(text: String) {
        #expect(StringFormat.email.matches(text))
    }

    @Test(
        "what is none",
        arguments: [
            "", "@", "a", "a@", "@b.c", "a@b", "a@b@c.d", "a@@b.c", "a@.c", "a@b.", "a@b..c", "a@-b.c", "a@b-.c",
            "a b@c.d", "a@b c.d", "ä@b.c", "a@ä.c", "a\u{0}@b.c", "a\"@b.c", "a@b_c.d",
            String(repeating: "a", count: 65) + "@b.c", "a@" + String(repeating: "b", count: 64) + ".c",
            "a@" + String(repeating: "b.", count: 127) + "c",
        ])
    func invalid(text: String) {
        #expect(!StringFormat.email.matches(text))
    }
}
