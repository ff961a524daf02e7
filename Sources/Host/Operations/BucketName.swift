// The key-value buckets of the hosts.

/// JetStream key-value buckets.
package enum BucketName {
    /// What every host runs.
    package static let hosts = "jspg_hosts"
    /// Where the process that captures changes stands.
    package static let capture = "jspg_cdc"
}
