// Whose a folder or a file is that this user can't read.
import Glibc

/// For tools that look at what others have made: to them it would seem as if nothing were there.
package enum ForbiddenPath {
    /// A sentence that says whose it is, and what to do; `nil` where this user can read it, or nothing is there.
    ///
    /// - Parameter path: absolute.
    package static func reason(_ path: String) -> String? {
        guard access(path, R_OK) != 0, errno == EACCES else { return nil }
        // What lies in a folder that this user can't enter can't be looked at itself.
        var place = path
        var info = stat()
        while stat(place, &info) != 0 {
            guard let slash = place.lastIndex(of: "/"), slash > place.startIndex else { return nil }
            place = String(place[..<slash])
        }
        let user = getpwuid(info.st_uid).map { String(cString: $0.pointee.pw_name) } ?? String(info.st_uid)
        return "\(path) can't be read: \(place == path ? "it" : place) belongs to the user \(user). Run this as root "
            + "or as that user"
    }
}
