// Which partition a manager's events belong to.

/// Maps event managers to partitions.
public enum Partitioning {
    /// Partitions of a bus that was set up without being told otherwise.
    public static let defaultCount = 8

    /// The partition of everything that concerns one manager: 32-bit FNV-1a of the identifier's UTF-8, modulo `count`.
    public static func partition(ofManager id: String, count: Int) -> Int {
        Int(fnv1a(id) % UInt32(count))
    }

    /// The 32-bit FNV-1a hash of a string's UTF-8.
    public static func fnv1a(_ text: String) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for byte in text.utf8 {
            hash = (hash ^ UInt32(byte)) &* 0x0100_0193
        }
        return hash
    }
}
