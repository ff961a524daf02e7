// What a developer stack is made of.

/// Which ports and folders a stack uses, and which servers are somebody else's.
package struct StackConfiguration: Sendable {
    /// Ports of one stack.
    package struct Ports: Sendable {
        package var gateway = 3000
        package var readAPI = 3001
        package var processor = 3002
        package var cdc = 3003
        package var web = 8080
        package var nats = 4222
        package var natsMonitor = 8222
        package var postgres = 5432
        package var redis = 6379

        package init() {}

        /// The usual ones. Where another server has that of PostgreSQL, NATS or Redis, as those of a distribution that
        /// start by themselves do, a free one takes its place: clients are told where they are.
        package static func usual() throws(StackError) -> Ports {
            var ports = Ports()
            for server in [\Ports.nats, \.natsMonitor, \.postgres, \.redis]
            where !FreePort.isFree(ports[keyPath: server]) {
                ports[keyPath: server] = try FreePort.any()
            }
            return ports
        }

        /// Free ones for all.
        package static func automatic() throws(StackError) -> Ports {
            var ports = Ports()
            var taken: Set<Int> = []
            func next() throws(StackError) -> Int {
                while true {
                    let port = try FreePort.any()
                    if taken.insert(port).inserted { return port }
                }
            }
            ports.gateway = try next()
            ports.readAPI = try next()
            ports.processor = try next()
            ports.cdc = try next()
            ports.web = try next()
            ports.nats = try next()
            ports.natsMonitor = try next()
            ports.postgres = try next()
            ports.redis = try next()
            return ports
        }
    }

    /// Data, logs and `endpoints.json`; absolute.
    package var state: String
    /// The folder of the executables and of the built plugins.
    package var binaries: String
    package var ports: Ports
    package var processors = 1
    /// Servers that are used instead of starting one: `NATS_URL`, `DATABASE_URL`, `REDIS_URL`.
    package var natsURL: String?
    package var databaseURL: String?
    package var redisURL: String?
    /// Further environment variables of the hosts.
    package var environment: [String: String] = [:]

    package init(state: String, binaries: String, ports: Ports) {
        self.state = state
        self.binaries = binaries
        self.ports = ports
    }
}
