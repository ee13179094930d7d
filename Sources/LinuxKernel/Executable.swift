// From a program's name to the path that exec needs.

import Glibc

package enum Executable {
    /// systemd's default for services, on systems with and without a merged /usr.
    package static let defaultSearchPath = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// The file a name stands for: itself if it has a slash in it, or else the first executable
    /// file of that name in the directories.
    ///
    /// - Returns: `nil` if there is none. A path with a slash is returned unseen, so that the exec
    ///   says what is wrong with it.
    package static func find(
        _ name: String, searchPath: [String] = defaultSearchPath
    ) throws(SystemError) -> String? {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        guard !name.isEmpty else { return nil }
        for directory in searchPath where directory.hasPrefix("/") {
            let path = "\(directory)/\(name)"
            guard case .value = systemCall(path, { access($0, X_OK) }) else { continue }
            if let status = try FileSystem.status(of: path), status.kind == .regular { return path }
        }
        return nil
    }
}
