// What a request of `jspg bench follow` is for.

enum FollowStep {
    case write(FollowedOperation)
    case status(FollowedOperation)

    var operation: FollowedOperation {
        switch self {
        case .write(let operation), .status(let operation): operation
        }
    }
}
