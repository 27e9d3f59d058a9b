// Names with wildcards.

/// A text in which `*` stands for any characters, also none.
public struct WildcardPattern: Sendable, Equatable {
    public let text: String

    /// Matches every text.
    public static let everything = WildcardPattern("*")

    /// The pattern `text`.
    public init(_ text: String) {
        self.text = text
    }

    /// Whether the whole of `name` fits. Takes time proportional to both lengths at most.
    public func matches(_ name: String) -> Bool {
        let pattern = Array(text.utf8)
        let name = Array(name.utf8)
        let star = UInt8(ascii: "*")
        var (position, index) = (0, 0)
        // Where to go on when what follows the last star does not fit.
        var retry: (position: Int, index: Int)?
        while index < name.count {
            if position < pattern.count, pattern[position] == star {
                retry = (position + 1, index)
                position += 1
            } else if position < pattern.count, pattern[position] == name[index] {
                position += 1
                index += 1
            } else if let last = retry {
                retry = (last.position, last.index + 1)
                (position, index) = (last.position, last.index + 1)
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == star }
    }
}
