// The version of this release.

/// What `--version`, `/health` and the logs call this build.
package enum Release {
    /// Semantic versioning.
    package static let version = "1.0.0"
}
