// Members of an object by name.

/// Finds members. Each search goes on where the last one ended, so that decoding members in the order in which they
/// stand looks at each of them once, however many there are.
final class MemberSearch {
    private let document: BodyDocument
    private let object: Int
    /// The name that the next search begins with, and its number.
    private var node: Int
    private var index = 0

    init(_ document: BodyDocument, _ object: Int) {
        self.document = document
        self.object = object
        node = object + 1
    }

    /// The node of a member's value, or `nil` where there is none of that name.
    func find(_ name: String) -> Int? {
        let count = document.nodes[object].count
        for _ in 0..<count {
            if index == count {
                index = 0
                node = object + 1
            }
            let candidate = node
            index += 1
            node = document.nodes[candidate + 1].next
            if document.isString(candidate, equalTo: name) { return candidate + 1 }
        }
        return nil
    }

    /// Every name, in order.
    var names: [String] {
        var names: [String] = []
        var node = object + 1
        for _ in 0..<document.nodes[object].count {
            names.append(document.string(node) ?? "")
            node = document.nodes[node + 1].next
        }
        return names
    }
}
