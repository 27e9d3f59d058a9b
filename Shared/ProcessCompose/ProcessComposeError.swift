// What can go wrong between us and a process-compose.

/// A call to process-compose failed.
public struct ProcessComposeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. More may be added.
    public struct Code: Sendable, Hashable {
        private let name: String

        private init(_ name: String) {
            self.name = name
        }

        /// Nobody answers.
        public static let unreachable = Code("unreachable")
        /// The token is missing or wrong.
        public static let unauthorized = Code("unauthorized")
        /// The call was understood and refused, for example because there is no such process.
        public static let refused = Code("refused")
        /// It does not have what was asked for: it is older.
        public static let unsupported = Code("unsupported")
        /// The answer is not one of process-compose's.
        public static let malformed = Code("malformed")
    }

    /// The kind of failure.
    public let code: Code
    /// What was attempted and what happened.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// For people.
    public var description: String { message }
}
