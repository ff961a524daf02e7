// Where plugins are and how they are treated.
import Glibc

/// Settings of the plugin host.
package struct PluginHostConfiguration: Sendable {
    /// The folder whose `*.so` files are loaded, `PLUGIN_DIR`.
    package var directory: String
    /// A folder that the hosts of one machine share and their user alone may write to, `PLUGIN_STATE`: private copies of the
    /// files, made before they are loaded, and what hosts note of plugins.
    package var stateDirectory: String
    /// Whether `plugins.lock` stands in the place of ownership, `PLUGIN_ADMISSION=lock`.
    package var isAdmittedByLock: Bool
    /// The executable that is started to try a plugin; it must call `PluginProbe.runIfRequested()` first thing.
    package var probeExecutable = "/proc/self/exe"
    /// How long the trial of one plugin may take, in wall time and in CPU time.
    package var probeTimeout: Duration = .seconds(5)
    /// How many plugins are tried at once: as many as there are cores.
    package var trialsAtOnce = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    package init(directory: String, state stateDirectory: String, isAdmittedByLock: Bool = false) {
        self.isAdmittedByLock = isAdmittedByLock
        self.directory = directory
        self.stateDirectory = stateDirectory
    }
}
