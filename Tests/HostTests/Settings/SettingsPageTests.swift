// docs/settings.md and the code.
import Foundation
import Settings
import Testing

@testable import CDC
@testable import Gateway
@testable import Processor
@testable import ReadAPI

@Suite("The page of settings")
struct SettingsPageTests {
    private static let hosts: [(name: String, settings: [SettingDescription])] = [
        ("gateway", GatewayConfiguration.settings), ("processor", ProcessorConfiguration.settings),
        ("read-api", ReadAPIConfiguration.settings), ("cdc", CDCConfiguration.settings),
    ]

    @Test("has a row for every variable, with its hosts, default, range and what it is, and no other")
    func page() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../../docs/settings.md").standardized
        var rows: [String: [String]] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.components(separatedBy: " | ").map { $0.trimmingCharacters(in: .whitespaces) }
            rows[cells[0].filter { !"|` ".contains($0) }] = cells
        }
        for (host, settings) in Self.hosts {
            for setting in settings {
                let cells = try #require(rows[setting.name], "\(setting.name) has no row")
                try #require(cells.count == 6, "\(setting.name)")
                #expect(cells[1] == "all" || cells[1].components(separatedBy: ", ").contains(host), "\(setting.name)")
                #expect(cells[2] == setting.type, "\(setting.name)")
                let value = setting.defaultText.isEmpty ? "none" : setting.defaultText
                #expect(cells[3] == value || cells[3].contains("\(value) (\(host))"), "\(setting.name)")
                #expect(cells[4] == setting.allowed, "\(setting.name)")
                #expect(cells[5].contains(setting.summary), "\(setting.name)")
            }
        }
        #expect(Set(rows.keys) == Set(Self.hosts.flatMap { $0.settings.map(\.name) }))
    }
}
