// Who decides what the connections of a load do.

/// Hears of everything on the event loop of its connections.
protocol ConnectionOwner: AnyObject {
    /// What the owner remembers of a request that is on its way.
    associatedtype Ticket

    /// The connection takes a request now: it was opened, or an answer came. What is sent at once leaves with one write.
    func isFree(_ connection: LoadConnection<Self>, at now: UInt64)

    func answered(
        _ sent: SentRequest<Ticket>, _ response: HTTPResponse, on connection: LoadConnection<Self>, at now: UInt64)

    /// A part of the body has come; `connection.reader` has what there is. Only where content is kept.
    func progressed(_ sent: SentRequest<Ticket>, on connection: LoadConnection<Self>, at now: UInt64)

    func lost(_ sent: SentRequest<Ticket>, _ failure: ConnectionFailure)

    func failedToConnect(_ failure: ConnectionFailure)
}
