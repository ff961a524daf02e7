// The kinds of settings: integers, durations, URLs, choices, flags, text.

extension Setting where Value == Int {
    /// A whole number within `range`.
    ///
    /// - Parameter unit: shown in `--help` as the type: `bytes`, `milliseconds`; `integer` where it counts things.
    package static func integer(
        _ name: String, default defaultValue: Int, in range: ClosedRange<Int>, unit: String = "integer",
        _ summary: String
    ) -> Setting {
        Setting(
            SettingDescription(
                name: name, type: unit, defaultText: String(defaultValue), allowed: span(of: range), summary: summary)
        ) { text throws(SettingFault) in
            guard let value = Int(text) else { throw SettingFault("is not a whole number") }
            guard range.contains(value) else { throw SettingFault("is out of range") }
            return value
        }
    }
}

extension Setting where Value == Duration {
    /// A number of seconds within `range`; a fraction is allowed.
    package static func seconds(
        _ name: String, default defaultValue: Int, in range: ClosedRange<Int>, _ summary: String
    ) -> Setting {
        Setting(
            SettingDescription(
                name: name, type: "seconds", defaultText: String(defaultValue), allowed: span(of: range),
                summary: summary)
        ) { text throws(SettingFault) in
            guard let value = Double(text), value.isFinite else { throw SettingFault("is not a number of seconds") }
            guard value >= Double(range.lowerBound), value <= Double(range.upperBound) else {
                throw SettingFault("is out of range")
            }
            return .milliseconds(Int64((value * 1_000).rounded()))
        }
    }
}

extension Setting where Value == String {
    /// A URL of one of `schemes`. Its password is masked wherever it is shown.
    ///
    /// - Parameter isList: whether there may be several, with commas between them; else a comma is part of the URL.
    package static func url(
        _ name: String, default defaultValue: String, schemes: [String], isList: Bool = false, _ summary: String
    ) -> Setting {
        Setting(
            SettingDescription(
                name: name, type: "URL", defaultText: defaultValue,
                allowed: schemes.map { "\($0)://…" }.joined(separator: ", "), summary: summary,
                secrecy: .urlPassword)
        ) { text throws(SettingFault) in
            let urls = isList ? text.split(separator: ",", omittingEmptySubsequences: false) : [text[...]]
            for url in urls {
                guard let scheme = schemes.first(where: { url.hasPrefix("\($0)://") }) else {
                    throw SettingFault("does not begin with \(schemes.map { "\($0)://" }.joined(separator: " or "))")
                }
                guard url.utf8.count > scheme.utf8.count + 3 else { throw SettingFault("names no host") }
                guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
                    throw SettingFault("has a space or a control character in it")
                }
            }
            return text
        }
    }

    /// A path of a file or folder, absolute or relative to the working directory.
    package static func path(_ name: String, default defaultValue: String, _ summary: String) -> Setting {
        Setting(
            SettingDescription(name: name, type: "path", defaultText: defaultValue, summary: summary)
        ) { text throws(SettingFault) in
            guard !text.utf8.contains(0) else { throw SettingFault("has a NUL in it") }
            return text
        }
    }

    /// Any text.
    package static func text(_ name: String, default defaultValue: String, _ summary: String) -> Setting {
        Setting(SettingDescription(name: name, type: "text", defaultText: defaultValue, summary: summary)) {
            text throws(SettingFault) in text
        }
    }

    /// Any text that nobody else may see.
    package static func secret(_ name: String, _ summary: String) -> Setting {
        Setting(
            SettingDescription(name: name, type: "text", defaultText: "", summary: summary, secrecy: .secret)
        ) { text throws(SettingFault) in text }
    }
}

extension Setting where Value == Bool {
    /// `on` or `off`; also `1`, `true`, `yes` and `0`, `false`, `no`.
    package static func flag(_ name: String, default defaultValue: Bool, _ summary: String) -> Setting {
        Setting(
            SettingDescription(
                name: name, type: "flag", defaultText: defaultValue ? "on" : "off", allowed: "on, off",
                summary: summary)
        ) { text throws(SettingFault) in
            switch text.lowercased() {
            case "on", "1", "true", "yes": return true
            case "off", "0", "false", "no": return false
            default: throw SettingFault("is neither on nor off")
            }
        }
    }
}

extension Setting {
    /// One of a few words.
    ///
    /// - Parameters:
    ///   - choices: the words with their values, in the order in which `--help` shows them.
    ///   - synonyms: words that are accepted besides and not shown.
    package static func choice(
        _ name: String, default defaultText: String, of choices: [(word: String, value: Value)],
        synonyms: [String: String] = [:], _ summary: String
    ) -> Setting {
        Setting(
            SettingDescription(
                name: name, type: "choice", defaultText: defaultText,
                allowed: choices.map(\.word).joined(separator: ", "), summary: summary)
        ) { text throws(SettingFault) in
            let word = text.lowercased()
            guard let choice = choices.first(where: { $0.word == synonyms[word] ?? word }) else {
                throw SettingFault("is none of the choices")
            }
            return choice.value
        }
    }
}

/// `1 to 65535`, or `1 or more` where the upper bound is the type's.
private func span(of range: ClosedRange<Int>) -> String {
    range.upperBound == Int.max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
}
