// Signatures as descriptors write them.
import Tables
import Testing

@Suite("Signatures of typed functions")
struct TypedSignatureTests {
    @Test("results, parameters and question marks")
    func parsed() throws {
        let signature = try TypedSignature(parsing: "decimal(json, i64?,bool)")
        #expect(signature.result == .init(kind: .decimal, isNullable: false))
        #expect(
            signature.parameters == [
                .init(kind: .json, isNullable: false), .init(kind: .i64, isNullable: true),
                .init(kind: .bool, isNullable: false),
            ])
        #expect(signature.returnsThroughSink)
        #expect(try !TypedSignature(parsing: "i64(utf8)").returnsThroughSink)
        #expect(try TypedSignature(parsing: "i64?(utf8)").returnsThroughSink)
    }

    @Test(
        "what is no signature",
        arguments: [
            "", "bool", "bool()", "bool(utf8", "bool(text)", "bool(utf8,)", "void(utf8)", "bool(utf8)x", "bool( ?)",
        ])
    func refused(text: String) {
        #expect(throws: TypedSignatureError.self) { try TypedSignature(parsing: text) }
    }
}
