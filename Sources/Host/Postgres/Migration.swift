// One step of a schema.
import Crypto
import Encodings

/// A migration: applied once, in the order of versions, and never changed afterwards.
package struct Migration: Sendable, Hashable {
    /// 1 or more.
    package let version: Int
    package let name: String
    package let sql: String

    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// SHA-256 of the SQL, 64 hexadecimal digits.
    package var checksum: String {
        Hexadecimal.text(SHA256.hash(data: Array(sql.utf8)))
    }
}
