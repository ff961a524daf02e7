// Looking at a plugin without a host.
import Glibc
package import Tables

/// What a host would say of a file: every step from its permissions to the probe.
package struct PluginCheck: Sendable {
    package let path: String
    /// SHA-256, 64 hexadecimal digits; `nil` where the file could not even be read.
    package private(set) var checksum: String?
    /// In bytes.
    package private(set) var size: Int?
    /// `1.0`.
    package private(set) var abi: String?
    /// Of the Swift compiler; `nil` for plugins in other languages.
    package private(set) var swift: String?
    package private(set) var libraries: [String] = []
    package private(set) var tables: [TableDescriptor] = []
    /// Why a host refuses the file; `nil` where it would be loaded.
    package private(set) var failure: String?

    package var isGood: Bool { failure == nil }

    /// Checks a file. Blocks, for up to some seconds; a good plugin is loaded into this process at the end.
    ///
    /// - Parameters:
    ///   - probeExecutable: runs the trial; see `PluginHostConfiguration`.
    ///   - stateDirectory: where the copy that is loaded lies.
    ///   - isOwned: whether ownership is what makes the file trusted; see `PLUGIN_ADMISSION`.
    ///   - isInPlace: whether hosts are to load the file from where it is: then its name counts, and where there is a
    ///     `plugins.lock` beside it, that has to list it. Not for a file of which a copy is installed, or that is about to be
    ///     listed.
    package init(
        path: String, stateDirectory: String, probeExecutable: String = "/proc/self/exe", isOwned: Bool = true,
        isInPlace: Bool = false
    ) {
        self.path = path
        do throws(PluginFailure) {
            try check(stateDirectory, probeExecutable, isOwned, isInPlace)
        } catch {
            failure = error.description
        }
    }

    private mutating func check(
        _ stateDirectory: String, _ probeExecutable: String, _ isOwned: Bool, _ isInPlace: Bool
    ) throws(PluginFailure) {
        let slash = path.lastIndex(of: "/")
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let folder = try PluginAdmission.checkFolder(parent, isOwned: isOwned)
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        guard name.hasSuffix(".so") else {
            throw PluginFailure("its name does not end in .so: no host would look at it")
        }
        if isInPlace {
            guard !name.hasPrefix(".") else {
                throw PluginFailure("its name begins with a dot: no host would look at it")
            }
            try PluginAdmission.checkName(String(name))
        }
        let lock = try isInPlace ? PluginLock.read(folder: folder) : nil
        let stored = try PluginStore(stateDirectory: stateDirectory).copy("\(folder)/\(name)", isOwned: isOwned)
        checksum = stored.hash
        size = stored.bytes.count
        try lock?.check(stored.hash)
        let elf = try ELFImage(stored.bytes)
        libraries = elf.neededLibraries
        if let info = elf.info {
            abi = "\(info.abiMajor).\(info.abiMinor)"
            if info.swiftMajor > 0 { swift = "\(info.swiftMajor).\(info.swiftMinor).\(info.swiftPatch)" }
        }
        try PluginRules.check(elf)
        var configuration = PluginHostConfiguration(directory: folder, state: stateDirectory)
        configuration.probeExecutable = probeExecutable
        try PluginProbe.run(stored.path, configuration: configuration)
        let registration = try PluginImage(path: stored.path).register()
        let descriptors = registration.tables.map(\.descriptor)
        try PluginRules.checkExports(elf, typedFunctions: Set(descriptors.flatMap(\.typedFunctions)))
        tables = descriptors
    }
}
