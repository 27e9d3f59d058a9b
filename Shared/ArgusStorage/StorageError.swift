// The one error this module throws, whatever the driver.

/// What went wrong in a database call.
public struct StorageError: Error, Sendable {
    /// The kind of failure; more may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code, as in logs and metrics.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// The database does not answer, refused the connection or lost it; the outcome of a commit under way is unknown.
        public static let unavailable = Code("unavailable")
        /// A unique, foreign key, not-null or check constraint was violated; `sqlState` tells which.
        public static let constraint = Code("constraint")
        /// A lock could not be had in time, two transactions were in each other's way, or the queue of waiting calls is full.
        public static let busy = Code("busy")
        /// The statement is wrong: its syntax, a table or column it names, or its number of parameters.
        public static let syntax = Code("syntax")
        /// The database was closed, or a connection was used after its transaction.
        public static let closed = Code("closed")
        /// The disk or the database is full.
        public static let full = Code("full")
        /// The database file or a page of it is damaged.
        public static let corrupted = Code("corrupted")
        /// The task was cancelled before its turn came; nothing ran.
        public static let cancelled = Code("cancelled")
        /// A statement ran longer than the configured statement timeout.
        public static let timeout = Code("timeout")
        /// A statement tried to write where only reading is allowed.
        public static let readOnly = Code("readOnly")
        /// A value does not fit its column, or a number is not finite.
        public static let invalidValue = Code("invalidValue")
        /// A column held another type than was asked for.
        public static let typeMismatch = Code("typeMismatch")
        /// The database's schema is newer than the program, or differs from it.
        public static let incompatible = Code("incompatible")
        /// The database does not let this user in, or not do this.
        public static let denied = Code("denied")
        /// The configuration names a database that cannot be opened.
        public static let configuration = Code("configuration")
        /// Anything else.
        public static let other = Code("other")
    }

    /// The kind of failure.
    public let code: Code
    /// A sentence that says what was attempted and what the database answered. Never holds parameters' values or passwords.
    public let message: String
    /// The SQLSTATE of ISO 9075 where there is one; SQLite's constraint errors are given the same states as PostgreSQL's.
    public let sqlState: String?
    /// The error behind this one.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, sqlState: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.cause = cause
    }

    /// Whether the same call may succeed later without any change to it.
    public var isRetriable: Bool {
        switch code {
        case .unavailable, .busy, .full, .timeout: true
        default: false
        }
    }
}

extension StorageError: CustomStringConvertible {
    /// Code, SQLSTATE and message in one line.
    public var description: String {
        "\(code)\(sqlState.map { " [\($0)]" } ?? ""): \(message)"
    }
}
