// What a plugin's note says.
import CPluginABI

/// The note of a plugin: what it was built with.
struct PluginInfo: Equatable {
    let abiMajor: Int
    let abiMinor: Int
    let sdkVersion: Int
    let swiftMajor: Int
    let swiftMinor: Int
    let swiftPatch: Int

    /// `nil` where the note is too short.
    init?(_ reader: ELFReader, at offset: Int, size: Int) {
        guard size >= 28, let length = reader.unsigned32(offset), length >= 28,
            let abiMajor = reader.unsigned32(offset + 4), let abiMinor = reader.unsigned32(offset + 8),
            let sdkVersion = reader.unsigned32(offset + 12), let swiftMajor = reader.unsigned32(offset + 16),
            let swiftMinor = reader.unsigned32(offset + 20), let swiftPatch = reader.unsigned32(offset + 24)
        else { return nil }
        self.abiMajor = abiMajor
        self.abiMinor = abiMinor
        self.sdkVersion = sdkVersion
        self.swiftMajor = swiftMajor
        self.swiftMinor = swiftMinor
        self.swiftPatch = swiftPatch
    }
}
