// What a connection asks the server for.
import Testing

@testable import Postgres

@Suite("PostgreSQL configuration")
struct PostgresConfigurationTests {
    private static let settings =
        "-c DateStyle=ISO -c TimeZone=UTC -c extra_float_digits=1 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 "
        + "-c tcp_keepalives_count=3"

    private func options(_ url: String) -> String {
        let parameters = PostgresConfiguration(url: url, applicationName: "test").parameters
        return parameters.filter { $0.keyword == "options" }.map(\.value).joined(separator: "|")
    }

    @Test(
        "texts of values are the same whatever the server is set to",
        arguments: ["postgresql://u@h/d", "host=h dbname=d", "d", ""])
    func settings(url: String) {
        #expect(options(url).hasSuffix(Self.settings))
    }

    @Test(
        "what the URL asks for stays",
        arguments: ["postgresql://u@h/d?options=-c%20search_path%3Dx", "host=h options='-c search_path=x'"])
    func kept(url: String) {
        #expect(options(url) == "-c search_path=x " + Self.settings)
    }
}
