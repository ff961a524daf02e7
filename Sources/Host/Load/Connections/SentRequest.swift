// A request that is on its way.

struct SentRequest<Ticket> {
    let ticket: Ticket
    /// When it was handed to the connection.
    let sent: UInt64
}
