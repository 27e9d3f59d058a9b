// What an observer refuses.

/// An event was not taken.
public struct ObserverError: Error, Hashable, CustomStringConvertible {
    /// The kind of failure. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// The buffer holds as many events as it may; the event was dropped and counted.
        public static let bufferFull = Code("bufferFull")
        /// The observer was closed.
        public static let observerClosed = Code("observerClosed")
        /// The event lacks something; the message names it all.
        public static let invalidEvent = Code("invalidEvent")
        /// The task was cancelled while it waited for space.
        public static let cancelled = Code("cancelled")
    }

    /// The kind of failure.
    public let code: Code
    /// What is wrong.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// For people.
    public var description: String { "\(code): \(message)" }

    static let bufferFull = ObserverError(.bufferFull, "the buffer is full")
    static let closed = ObserverError(.observerClosed, "the observer was closed")
}
