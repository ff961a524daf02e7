// Text that PostgreSQL can hold.

extension String {
    /// With U+FFFD in the place of U+0000, which neither `text` nor `jsonb` can hold (PostgreSQL documentation, 8.3 and 8.14).
    package var withoutNUL: String {
        utf8.contains(0) ? String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })) : self
    }
}
