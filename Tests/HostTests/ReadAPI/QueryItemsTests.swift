// From a query string to its items.
import Testing

@testable import ReadAPI

@Suite("Query items")
struct QueryItemsTests {
    @Test(
        "names and values in order, decoded once",
        arguments: [
            ("", []), ("&&", []), ("a=1&b=2&a=3", [["a", "1"], ["b", "2"], ["a", "3"]]),
            ("a&b=", [["a", ""], ["b", ""]]), ("=x", [["", "x"]]), ("a=b=c", [["a", "b=c"]]),
            ("a=1+2%2B3%20", [["a", "1 2+3 "]]), ("%C3%A4=%e2%82%AC", [["ä", "€"]]),
            ("a%26b=%3D%2526", [["a&b", "=%26"]]), ("total%5Bgte%5D=1", [["total[gte]", "1"]]),
        ] as [(String, [[String]])])
    func items(query: String, items: [[String]]) {
        #expect(QueryItems.parse(query).map { [$0.name, $0.value] } == items)
    }

    @Test("a percent sign that begins no byte stays, and bytes that are no UTF-8 become U+FFFD")
    func malformed() {
        #expect(QueryItems.parse("a=%&b=%4&c=%zz&d=%2").map(\.value) == ["%", "%4", "%zz", "%2"])
        #expect(QueryItems.parse("a=%+1&b=%-0").map(\.value) == ["% 1", "%-0"])
        #expect(QueryItems.parse("a=x%FFy").map(\.value) == ["x\u{FFFD}y"])
    }
}
