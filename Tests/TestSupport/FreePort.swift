// Finds TCP ports that nothing listens on.

import Glibc
import Synchronization

/// Ports of the loopback interface for servers that tests start.
///
/// They lie below those that the kernel gives to connections and to servers that ask for any port: one of these could take a port
/// between the moment it was found free and the moment its server binds it.
public enum FreePort {
    private static let range = 10_000..<20_000
    /// Begins anywhere, since other test processes look for ports too.
    private static let cursor = Mutex(Int.random(in: range))

    /// A port that was free a moment ago and that this process was not given before.
    public static func next() throws -> Int {
        for _ in range {
            let port = cursor.withLock { cursor in
                cursor = cursor + 1 < range.upperBound ? cursor + 1 : range.lowerBound
                return cursor
            }
            if try isFree(port) { return port }
        }
        throw TestSupportError("no free port found")
    }

    private static func isFree(_ port: Int) throws -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestSupportError("socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// A test's surroundings could not be set up.
public struct TestSupportError: Error, CustomStringConvertible {
    /// What went wrong.
    public let description: String

    /// An error that says `description`.
    public init(_ description: String) {
        self.description = description
    }
}
