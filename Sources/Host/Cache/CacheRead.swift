// One read through the cache: a pure state machine, events in, actions out.

/// Decides for one request whether something cached may be served. The promise: a read that starts after `/status`
/// answered `completed` for a write shows that write. The rules:
///
/// - A copy in memory is served only after its version was compared with one that was looked up since the request came.
/// - An entry counts only if its token and run are the current ones.
/// - The version under which a result is stored is the one that was current *before* the query began.
package struct CacheRead: Sendable {
    package enum Event: Sendable {
        /// The request came. `local`: the copy in this process' memory.
        case began(local: CacheEntry?)
        /// Answers `lookUpVersion`; `nil` where the namespace has no token.
        case version(CacheVersion?)
        /// Answers `fetch`: the token (`nil`: there is none) and the entry, read together, by the server of `runID`.
        case fetched(token: CacheToken?, entry: CacheEntry?, runID: String)
        /// Answers `createVersion`: the token that is current now, whoever made it.
        case created(CacheVersion)
        /// Answers any of these: Redis can't be asked, or can't be trusted yet.
        case unavailable
    }

    package enum Action: Sendable, Hashable {
        /// Ask Redis for the namespace's token. Requests that wait at the same time may share the question, if it is
        /// put after each of them came.
        case lookUpVersion
        /// Ask Redis for token and entry in one command.
        case fetch
        /// Make a token where there is none, and learn which one is there then.
        case createVersion
        /// Serve this copy from memory.
        case answerLocal(CacheEntry)
        /// Serve this, and keep it in memory.
        case answer(CacheEntry)
        /// Query the database; store the result under this version.
        case query(CacheVersion)
        /// Query the database; store nothing.
        case queryUncached
    }

    private var local: CacheEntry?

    package init() {}

    package mutating func handle(_ event: Event) -> Action {
        switch event {
        case .began(let copy):
            local = copy
            return copy == nil ? .fetch : .lookUpVersion
        case .version(let version):
            if let local, local.version == version { return .answerLocal(local) }
            return .fetch
        case .fetched(let token, let entry, let runID):
            guard let token else { return .createVersion }
            let version = CacheVersion(token: token, runID: runID)
            if let entry, entry.version == version { return .answer(entry) }
            return .query(version)
        case .created(let version):
            return .query(version)
        case .unavailable:
            return .queryUncached
        }
    }
}
