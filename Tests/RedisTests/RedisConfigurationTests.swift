import Testing

@testable import Redis

@Suite("Redis URLs")
struct RedisConfigurationTests {
    @Test func `a host alone has the usual port and database`() throws {
        let configuration = try RedisConfiguration(url: "redis://localhost")
        #expect(configuration.address == .tcp(host: "localhost", port: 6_379))
        #expect(configuration.database == 0)
        #expect(configuration.username == nil)
        #expect(configuration.password == nil)
    }

    @Test func `everything at once`() throws {
        let configuration = try RedisConfiguration(url: "redis://app:p%40ss%2Fword@10.0.0.7:7000/3")
        #expect(configuration.address == .tcp(host: "10.0.0.7", port: 7_000))
        #expect(configuration.username == "app")
        #expect(configuration.password == "p@ss/word")
        #expect(configuration.database == 3)
    }

    @Test func `a password without a user`() throws {
        let configuration = try RedisConfiguration(url: "redis://:secret@cache:6380/")
        #expect(configuration.username == nil)
        #expect(configuration.password == "secret")
        #expect(configuration.address == .tcp(host: "cache", port: 6_380))
    }

    @Test func `an IPv6 address`() throws {
        #expect(try RedisConfiguration(url: "redis://[::1]:6380").address == .tcp(host: "::1", port: 6_380))
        #expect(try RedisConfiguration(url: "redis://[::1]").address == .tcp(host: "::1", port: 6_379))
    }

    @Test func `a socket with a database`() throws {
        let configuration = try RedisConfiguration(url: "unix://:secret@/run/redis/redis.sock?db=2")
        #expect(configuration.address == .unix(path: "/run/redis/redis.sock"))
        #expect(configuration.database == 2)
        #expect(configuration.password == "secret")
    }

    @Test(arguments: [
        "localhost:6379", "http://localhost", "rediss://localhost", "redis://", "redis://host:0", "redis://host:99999",
        "redis://host:port", "redis://host/zero", "redis://host/-1", "redis://[::1", "redis://[::1]x",
        "unix://relative/path", "redis://host?ssl=1", "redis://user@host", "redis://:%zz@host", "redis://:%ff@host",
    ])
    func `a URL that can't be meant is refused with a sentence`(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .invalidURL)
        #expect(error?.message.hasSuffix(".") == true)
    }

    @Test func `no description shows user or password`() throws {
        let configuration = try RedisConfiguration(url: "redis://someone:hunter2@host:1/2")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, "\([configuration])"] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("someone"))
            #expect(text.contains("host:1"))
        }
    }
}

@Suite("Redis servers")
struct RedisServerTests {
    @Test func `a Redis and a Valkey of today are taken`() throws {
        let redis = try RedisServer(info: "# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\nrole:master\r\n")
        #expect(redis == (try RedisServer(info: "redis_version:7.0.15\r\nrun_id:abc")))
        #expect(redis.runID == "abc")
        let valkey = try RedisServer(info: "redis_version:7.2.4\r\nvalkey_version:8.1.0\r\nrun_id:abc\r\n")
        #expect(valkey.product == "Valkey")
        #expect(valkey.version == "8.1.0")
    }

    @Test(arguments: [
        ("redis_version:6.2.14\r\nrun_id:abc", "Redis 6.2.14"),
        ("redis_version:7.2.4\r\nvalkey_version:7.2.9\r\nrun_id:abc", "Valkey 7.2.9"),
        ("redis_version:7.2.4\r\nrun_id:abc\r\nrole:slave", "replica"),
        ("redis_version:7.2.4", "run_id"),
        ("", "version"),
    ])
    func `what can't serve is refused with the reason`(info: String, reason: String) {
        let error = #expect(throws: RedisError.self) { try RedisServer(info: info) }
        #expect(error?.code == .unsupportedServer)
        #expect(error?.message.contains(reason) == true)
    }

    @Test func `attempts to connect get slower, to a limit, and never all at once`() {
        var generator = SystemRandomNumberGenerator()
        var backoff = RedisBackoff()
        var waits = (0..<20).map { _ in backoff.next(using: &generator) }
        #expect(waits[0] <= .milliseconds(50))
        #expect(waits.allSatisfy { $0 >= .milliseconds(25) && $0 <= .seconds(2) })
        #expect(waits[19] >= .seconds(1))
        #expect(Set(waits).count > 10)
        backoff.reset()
        waits = [backoff.next(using: &generator)]
        #expect(waits[0] <= .milliseconds(50))
    }
}
