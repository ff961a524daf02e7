// The settings, given to libnats.
import CNATS
import Glibc

extension NATSConfiguration {
    /// Sets libnats' options; it copies every string.
    func apply(to options: OpaquePointer) throws(NATSError) {
        try check(setServers(options))
        switch credentials {
        case .none: break
        case .user(let name, let password): try check(natsOptions_SetUserInfo(options, name, password))
        case .token(let token): try check(natsOptions_SetToken(options, token))
        }
        if let credentialsFile {
            try Self.checkReadable(credentialsFile, "of credentials")
            try check(natsOptions_SetUserCredentialsFromFiles(options, credentialsFile, nil))
        }
        if usesTLS {
            try check(natsOptions_SetSecure(options, true))
            if let certificateAuthorityFile {
                try Self.checkReadable(certificateAuthorityFile, "of certificate authorities")
                try check(natsOptions_LoadCATrustedCertificates(options, certificateAuthorityFile))
            }
        }
        // libnats copies the name into JSON as it is.
        try check(natsOptions_SetName(options, name.filter { $0 != "\"" && $0 != "\\" && $0 >= " " }))
        try check(natsOptions_SetTimeout(options, attemptTimeout.millisecondsRoundedUp))
        try check(natsOptions_SetAllowReconnect(options, true))
        try check(natsOptions_SetMaxReconnect(options, -1))
        try check(natsOptions_SetReconnectWait(options, reconnectWait.millisecondsRoundedUp))
        try check(natsOptions_SetReconnectJitter(options, 100, 100))
        try check(natsOptions_SetPingInterval(options, pingInterval.millisecondsRoundedUp))
        try check(natsOptions_SetMaxPingsOut(options, 2))
        try check(natsOptions_SetIOBufSize(options, 128 * 1024))
        // A write to a server that takes nothing more fails after this, so that the pings can find it dead.
        try check(natsOptions_SetWriteDeadline(options, 10_000))
        try check(natsOptions_UseGlobalMessageDelivery(options, true))
    }

    /// libnats says only that it could not.
    private static func checkReadable(_ file: String, _ content: String) throws(NATSError) {
        guard access(file, R_OK) == 0 else {
            throw .invalidConfiguration("the file \(content) \(file) can't be read")
        }
    }

    private func setServers(_ options: OpaquePointer) -> natsStatus {
        let copies = servers.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var pointers = copies.map { UnsafePointer($0) }
        return natsOptions_SetServers(options, &pointers, Int32(pointers.count))
    }
}
