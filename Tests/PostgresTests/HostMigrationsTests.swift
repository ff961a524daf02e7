import Foundation
import Postgres
import Testing

@Suite("Host migrations")
struct HostMigrationsTests {
    @Test("the executables hold what schema/migrations holds")
    func equalToFiles() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../schema/migrations").standardized
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".sql") }
        #expect(files.count == HostMigrations.all.count)
        for migration in HostMigrations.all {
            let number = String(format: "%04d", migration.version)
            let text = try String(
                contentsOf: folder.appending(path: "\(number)_\(migration.name).sql"), encoding: .utf8)
            #expect(migration.sql == text, "copy \(number)_\(migration.name).sql into HostMigrations.swift")
        }
    }

    @Test("a checksum is the SHA-256 of the SQL")
    func checksum() {
        #expect(
            Migration(version: 1, name: "empty", sql: "").checksum
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
