// A configuration value that must not reach a log.

/// A secret text: it prints as `<redacted>` wherever it is described, dumped or interpolated.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself.
    public let value: String

    /// Wraps a secret text.
    public init(_ value: String) {
        self.value = value
    }

    /// Always `<redacted>`.
    public var description: String { "<redacted>" }

    /// Always `<redacted>`.
    public var debugDescription: String { description }

    /// Shows nothing of the value.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
