// The rules that a file must keep before it is loaded.
import CPluginABI
import Tables

/// Checks an image that was read, without loading it: only the host's own libraries that it needs are mapped. Each refusal
/// names the rule and what to do.
enum PluginRules {
    /// What linkers define by themselves.
    private static let linkerSymbols: Set<String> = [
        "_init", "_fini", "__bss_start", "_edata", "_end", "__end__", "_start", "__data_start",
    ]

    static let entry = "jspg_plugin_register"

    /// - Parameter mapLibrary: maps the host's own library of that name, and says whether there is one.
    static func check(
        _ image: ELFImage, mapLibrary: (String) -> Bool = HostLibraries.map
    ) throws(PluginFailure) {
        guard let info = image.info else {
            throw PluginFailure(
                "the file is no jspg plugin: it has no .note.jspg (PluginAPI makes it; in C, JSPG_PLUGIN_NOTE does)")
        }
        let host = "\(JSPG_ABI_MAJOR).\(JSPG_ABI_MINOR)"
        guard info.abiMajor == Int(JSPG_ABI_MAJOR), info.abiMinor <= Int(JSPG_ABI_MINOR) else {
            throw PluginFailure(
                "host speaks ABI \(host), the plugin was built for \(info.abiMajor).\(info.abiMinor): rebuild it, "
                    + "or use a host of that version")
        }
        if image.hasStaticTLS {
            throw PluginFailure(
                "it uses static thread-local storage (DF_STATIC_TLS), of which a second copy could not be loaded: "
                    + "build it with -fPIC and without -ftls-model=initial-exec")
        }
        if image.hasExecutableStack {
            throw PluginFailure("it asks for an executable stack: link it with -z noexecstack")
        }
        if image.hasTextRelocations {
            throw PluginFailure("it has relocations in its code (DT_TEXTREL): build it with -fPIC")
        }
        if let unique = image.exports.first(where: { $0.binding == 10 }) {
            throw PluginFailure(
                "it exports the unique symbol \(unique.name), which two generations would share: "
                    + "build it with -fno-gnu-unique")
        }
        guard image.exports.contains(where: { $0.name == entry }) else {
            throw PluginFailure("it does not export \(entry), the entry of a plugin")
        }
        if let library = image.neededLibraries.first(where: { !mapLibrary($0) }) {
            throw PluginFailure("it needs \(library), which the host does not have: link it statically")
        }
        try checkSwift(info, image)
    }

    /// Exports beyond the entry and the typed functions would collide with those of other plugins one day.
    static func checkExports(_ image: ELFImage, typedFunctions: Set<String>) throws(PluginFailure) {
        // The dynamic linker would look in the C library too, where a name such as `free` is found.
        let exported = Set(image.exports.map(\.name))
        if let missing = typedFunctions.sorted().first(where: { !exported.contains($0) }) {
            throw PluginFailure.missingFunction(missing)
        }
        let extra = image.exports.map(\.name).filter {
            $0 != entry && !typedFunctions.contains($0) && !linkerSymbols.contains($0)
        }
        guard extra.isEmpty else {
            throw PluginFailure(
                "it exports more than its entry (\(extra.sorted().prefix(5).joined(separator: ", "))): link it with the "
                    + "version script of PluginAPI, or with -fvisibility=hidden")
        }
    }

    private static func checkSwift(_ info: PluginInfo, _ image: ELFImage) throws(PluginFailure) {
        guard image.neededLibraries.contains("libswiftCore.so") else { return }
        let host = SwiftRuntime.compiler
        guard info.swiftMajor == host.major, info.swiftMinor == host.minor else {
            throw PluginFailure(
                "built with Swift \(info.swiftMajor).\(info.swiftMinor), host runs \(host.major).\(host.minor): "
                    + "rebuild, or link with -static-stdlib")
        }
    }
}
