// The pieces of HTTP that need no server.
import HTTP
import HTTPTypes
import Operations
import Testing

@Suite("Prefer")
struct HTTPPreferTests {
    @Test(
        "wait is found among other preferences, and bounded",
        arguments: [
            (["wait=10"], 10), (["respond-async, wait=5"], 5), (["Wait = 7 ; x=y"], 7), (["wait=100"], 30),
            (["wait=99999999999999999999"], 30), (["wait=\"4\""], 4), (["foo=\"a,wait=9\", wait=2"], 2),
            (["respond-async", "wait=3"], 3), (["wait=1, wait=2"], 1), (["wait=0"], 0),
        ])
    func wait(values: [String], seconds: Int) {
        #expect(RequestPreferences(headerValues: values).wait == seconds)
    }

    @Test(
        "what is no wait is ignored",
        arguments: [[], [""], ["wait"], ["wait="], ["wait=-1"], ["wait=1.5"], ["waiter=3"]])
    func none(values: [String]) {
        #expect(RequestPreferences(headerValues: values).wait == nil)
    }
}

@Suite("Media types")
struct HTTPMediaTypeTests {
    @Test(
        "JSON in UTF-8",
        arguments: [
            nil, "application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json",
            "application/json ; charset=\"utf-8\"", "application/json; profile=x",
        ])
    func json(contentType: String?) {
        #expect(MediaTypeCheck.isJSON(contentType))
    }

    @Test(
        "and nothing else",
        arguments: [
            "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
            "application/json; charset=utf-16",
            "application/x-ndjson", "+json",
        ])
    func other(contentType: String) {
        #expect(!MediaTypeCheck.isJSON(contentType))
    }
}

@Suite("Problems")
struct HTTPProblemTests {
    @Test("a problem document has the members of RFC 9457, error and errors")
    func document() {
        let problem = Problem(
            .validationFailed, "Wrong.", errors: [FieldError(pointer: "/a", code: "required", message: "is missing")])
        #expect(
            String(decoding: problem.body, as: UTF8.self)
                == #"{"type":"urn:problem-type:jspg:validation-failed","title":"Validation failed","status":400,"#
                + #""detail":"Wrong.","error":"Validation failed","#
                + #""errors":[{"pointer":"/a","code":"required","message":"is missing"}]}"#)
    }

    @Test("Retry-After is whole seconds, rounded up, 1 at least")
    func retryAfter() {
        for (duration, text) in [(Duration.zero, "1"), (.seconds(2), "2"), (.milliseconds(2_001), "3")] {
            #expect(Problem(.overloaded, "x").retryAfter(duration).headers[.retryAfter] == text)
        }
    }

    @Test("405 names what is allowed")
    func allow() {
        let problem = Problem.methodNotAllowed("GET", allowed: ["PUT", "DELETE"])
        #expect(problem.headers[.allow] == "PUT, DELETE")
        #expect(problem.kind.status == .methodNotAllowed)
    }

    @Test("every kind has an error status")
    func kinds() {
        for kind in ProblemKind.allCases { #expect((400..<600).contains(kind.status.code)) }
    }
}

@Suite("Byte budget")
struct HTTPByteBudgetTests {
    @Test("gives what there is and takes it back")
    func budget() {
        let budget = ByteBudget(limit: 10)
        #expect(budget.take(6))
        #expect(!budget.take(5))
        #expect(budget.take(4))
        budget.release(6)
        #expect(budget.inUse == 4)
        #expect(budget.take(6))
    }
}
