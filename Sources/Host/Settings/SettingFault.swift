// What is wrong with the text of a variable.

/// What is wrong with the text of a variable; the end of the sentence "NAME …".
package struct SettingFault: Error, Sendable {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
