// The bytes of answers that the router does not write.
@testable import HTTP
import HTTPTypes
import Hummingbird
import Operations
import Testing

@Suite("Fast answers")
struct HTTPFastAnswerTests {
    private func parsed(_ answer: FastAnswer) throws -> WireAnswer {
        let answers = try WireAnswer.parse(answer.head + DateField.line + [0x0D, 0x0A] + answer.body)
        #expect(answers.count == 1)
        return try #require(answers.first)
    }

    @Test("an answer is HTTP, with the length of its body", arguments: [0, 1, 9, 10, 4_096, 100_000])
    func bytes(count: Int) throws {
        let body = [UInt8](repeating: 0x0A, count: count)
        let answer = try parsed(
            FastAnswer(status: .accepted, fields: [(.location, "/a?b=c"), (.cacheStatus, "hit")], body: body))
        #expect(answer.status == 202 && answer.reason == "Accepted")
        #expect(answer.fields.map(\.name) == ["Location", "X-Cache", "Content-Length", "Date"])
        #expect(answer.fields.prefix(3).map(\.value) == ["/a?b=c", "hit", "\(count)"])
        #expect(answer.body == body)
    }

    @Test("a problem has the fields and body that the router gives it", arguments: ProblemKind.allCases)
    func problem(kind: ProblemKind) throws {
        let problem = Problem(
            kind, "Caf\u{E9}.", errors: [FieldError(pointer: "/a", code: "b", message: "c")],
            headers: [.allow: "GET, POST"]
        ).retryAfter(.seconds(3))
        let answer = try parsed(FastAnswer(BufferedResponse(problem)))
        let response = problem.response
        #expect(answer.status == response.status.code && answer.reason == response.status.reasonPhrase)
        #expect(answer.body == problem.body)
        let fields = answer.fields.filter { $0.name != "Date" }
        #expect(Set(fields.map { $0.name.lowercased() }) == Set(response.headers.map(\.name.canonicalName)))
        for field in response.headers { #expect(answer.field(field.name.rawName) == field.value) }
    }

    @Test(
        "a date is that of its second",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1_795_541_631, "Tue, 24 Nov 2026 17:33:51 GMT"),
            (1_835_395_199, "Mon, 28 Feb 2028 23:59:59 GMT"), (1_835_395_200, "Tue, 29 Feb 2028 00:00:00 GMT"),
            (1_835_481_600, "Wed, 01 Mar 2028 00:00:00 GMT"), (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
        ])
    func date(second: Int, text: String) {
        #expect(String(decoding: DateField.line(at: second), as: UTF8.self) == "Date: \(text)\r\n")
    }

    @Test("the date is the present one")
    func now() {
        let before = Int(Timestamp.now().microseconds / 1_000_000)
        let line = DateField.line
        let after = Int(Timestamp.now().microseconds / 1_000_000)
        #expect(((before - 1)...after).contains { DateField.line(at: $0) == line })
    }
}
