// An accepted write, followed to its end.
import Foundation
import JSON
import Stack

/// What the gateway said of a write.
struct Operation: Sendable {
    let id: String
    let entityID: String
    /// As in the `Location` header.
    let location: String

    init(_ answer: Answer) throws {
        guard answer.status == 202 else { throw StackError("the write was answered \(answer.status): \(answer.text)") }
        let json = try answer.json()
        id = json["operationId"]?.string ?? ""
        entityID = json["entityId"]?.string ?? ""
        location = answer.header("Location") ?? ""
    }

    /// Polls until the operation has ended.
    ///
    /// - Returns: the last status document.
    func end(on stack: IntegrationStack, within limit: Duration = .seconds(30)) async throws -> JSONValue {
        try await end(at: stack.readAPI, within: limit)
    }

    /// - Parameter address: of the server that `location` is a path of.
    func end(at address: String, within limit: Duration = .seconds(30)) async throws -> JSONValue {
        let deadline = ContinuousClock.now + limit
        while true {
            do {
                let status = try await HTTPCalls.get(address + location).json()
                if let state = status["status"]?.string, state == "completed" || state == "failed" { return status }
                guard ContinuousClock.now < deadline else {
                    throw StackError("\(id) has not ended: \(String(decoding: status.source, as: UTF8.self))")
                }
            } catch let error as StackError {
                throw error
            } catch {
                // The read-api may be restarting.
                guard ContinuousClock.now < deadline else { throw error }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A key that was never used.
    static var newKey: String { UUID().uuidString }
}

/// Rows that tests write.
enum Bodies {
    static func user(_ name: String = "Ada", email: String? = nil) -> String {
        #"{"name":"\#(name)","email":"\#(email ?? "\(UUID().uuidString)@example.com")"}"#
    }

    static func order(user: String, price: String = "0.1", quantity: Int = 3, total: String = "0.30") -> String {
        #"{"userId":"\#(user)","items":[{"productId":"p","quantity":\#(quantity),"price":\#(price)}],"total":\#(total)}"#
    }
}
