// Settings from the environment: defaults, bad values, help, secrets.
import Logging
import Settings
import Telemetry
import Testing

@Suite("Settings")
struct SettingsTests {
    private func reader(_ variables: [String: String]) -> SettingsReader { SettingsReader(variables: variables) }

    private func complaint<Value>(_ setting: Setting<Value>, _ text: String) -> String? {
        do {
            _ = try reader([setting.description.name: text]).value(of: setting)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("a variable that is missing or empty has its default")
    func defaults() throws {
        #expect(try reader([:]).value(of: HostSettings.port(default: 3000)) == 3000)
        #expect(try reader(["PORT": ""]).value(of: HostSettings.port(default: 3000)) == 3000)
        #expect(try reader([:]).value(of: HostSettings.natsURL) == "nats://localhost:4222")
        #expect(try reader([:]).value(of: HostSettings.logLevel) == .info)
        #expect(try reader([:]).value(of: HostSettings.shutdownGrace) == .seconds(20))
    }

    @Test("values are read by their type")
    func values() throws {
        let reader = reader([
            "PORT": "8080", "LOG_LEVEL": "WARN", "LOG_FORMAT": "text", "SHUTDOWN_GRACE": "1.5",
            "NATS_URL": "nats://a:4222,tls://b",
        ])
        #expect(try reader.value(of: HostSettings.port(default: 3000)) == 8080)
        #expect(try reader.value(of: HostSettings.logLevel) == .warning)
        #expect(try reader.value(of: HostSettings.logFormat) == .text)
        #expect(try reader.value(of: HostSettings.shutdownGrace) == .milliseconds(1_500))
        #expect(try reader.value(of: HostSettings.natsURL) == "nats://a:4222,tls://b")
    }

    @Test(
        "a bad value is one sentence that names variable, value and what is allowed",
        arguments: [
            ("PORT", "70000", "out of range", "0 to 65535"), ("PORT", "http", "not a whole number", "0 to 65535"),
            ("PORT", "-1", "out of range", "3000"), ("PORT", "3000 ", "not a whole number", "3000"),
        ])
    func badPort(name: String, value: String, reason: String, allowed: String) throws {
        let text = try #require(complaint(HostSettings.port(default: 3000), value))
        #expect(text.contains("\(name)=\(value)"))
        #expect(text.contains(reason))
        #expect(text.contains(allowed))
    }

    @Test("other types complain too")
    func otherTypes() throws {
        #expect(try #require(complaint(HostSettings.logLevel, "loud")).contains("trace, debug, info"))
        #expect(try #require(complaint(HostSettings.logFormat, "xml")).contains("json, text"))
        #expect(try #require(complaint(HostSettings.shutdownGrace, "soon")).contains("seconds"))
        #expect(try #require(complaint(HostSettings.shutdownGrace, "nan")).contains("seconds"))
        #expect(try #require(complaint(HostSettings.natsURL, "localhost:4222")).contains("nats://"))
        #expect(try #require(complaint(HostSettings.natsURL, "nats://")).contains("no host"))
        #expect(try #require(complaint(Setting.flag("X", default: true, "x"), "maybe")).contains("on"))
    }

    @Test("a password never shows")
    func masked() throws {
        let text = try #require(complaint(HostSettings.databaseURL, "mysql://bob:hunter2@db/x"))
        #expect(!text.contains("hunter2"))
        #expect(text.contains("mysql://bob:***@db/x"))
        let reader = reader(["DATABASE_URL": "postgres://bob:p@ss:w@rd@db/x", "NATS_URL": "nats://a:b@c,nats://t@d"])
        let shown = reader.shown([HostSettings.databaseURL.description, HostSettings.natsURL.description])
        #expect(shown[0].value == "postgres://bob:***@db/x")
        // What NATS has in the place of a user is a token, a secret itself.
        #expect(shown[1].value == "nats://a:***@c,nats://***@d")
        // A comma is part of a password, a keyword string is no URL, and a query may have a password, too.
        for text in [
            "mysql://bob:hunter2,x@db/x", "host=db password=hunter2", "mysql://db/x?password=hunter2&sslmode=require",
            "mysql://bob:x,hunter2@db/x", "mysql://db/x?sslpassword=y&password=hunter2",
        ] {
            #expect(!(try #require(complaint(HostSettings.databaseURL, text)).contains("hunter2")), "\(text)")
        }
        let comma = self.reader(["DATABASE_URL": "postgres://bob:p,w@one,two/x"])
        #expect(try comma.value(of: HostSettings.databaseURL) == "postgres://bob:p,w@one,two/x")
        #expect(comma.shown([HostSettings.databaseURL.description])[0].value == "postgres://bob:***@one,two/x")
        let secret = Setting.secret("TOKEN", "A token.")
        #expect(secret.description.shown("abc") == "***")
    }

    @Test("help names every setting with type, default and range")
    func help() {
        let program = HostProgram(name: "jspg-test", summary: "tests.")
        let help = program.help([HostSettings.port(default: 3000).description, HostSettings.logLevel.description])
        #expect(help.contains("PORT\n"))
        #expect(help.contains("integer, default: 3000; allowed: 0 to 65535"))
        #expect(help.contains("choice, default: info; allowed: trace, debug"))
    }

    @Test(
        "the command line knows help and version",
        arguments: [
            ([], CommandLineRequest.run), (["--help"], .help), (["--version"], .version),
            (["--version", "-h"], .help), (["--port", "1"], .unknown(argument: "--port")),
        ])
    func commandLine(arguments: [String], request: CommandLineRequest) {
        #expect(CommandLineRequest(arguments: arguments) == request)
    }
}
