// What can go wrong on the bus, in one type.

/// An operation on the bus failed.
public struct BusError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind, as in logs and metrics.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// There was no connection to a server for the whole of the allowed time. Nothing was sent.
        public static let disconnected = Code("disconnected")
        /// No answer in time, or the connection was lost before it came: the effect may or may not have happened.
        public static let timeout = Code("timeout")
        /// Nobody listens on the subject: for a publish, no stream has it.
        public static let noResponders = Code("noResponders")
        /// The stream refuses new messages because one of its limits is reached.
        public static let streamFull = Code("streamFull")
        /// The expected last sequence is not the stream's: somebody else wrote.
        public static let wrongLastSequence = Code("wrongLastSequence")
        /// The key exists, or has another revision than was expected.
        public static let keyExists = Code("keyExists")
        /// The stream, consumer or message does not exist.
        public static let notFound = Code("notFound")
        /// The message is larger than the server takes.
        public static let payloadTooLarge = Code("payloadTooLarge")
        /// The server knows who we are and forbids it, or refuses our credentials.
        public static let permissionDenied = Code("permissionDenied")
        /// What was to be sent or received did not fit its bounded queue.
        public static let slowConsumer = Code("slowConsumer")
        /// The task was cancelled. What was sent before stays sent.
        public static let cancelled = Code("cancelled")
        /// The bus or the consumer was closed.
        public static let closed = Code("closed")
        /// Something of this name exists and is different.
        public static let alreadyExists = Code("alreadyExists")
        /// The server holds another definition that cannot be changed into ours.
        public static let incompatible = Code("incompatible")
        /// An argument that the protocol cannot carry: a bad subject, header or key, an unusable configuration.
        public static let invalidArgument = Code("invalidArgument")
        /// The server said something that makes no sense here.
        public static let protocolViolation = Code("protocolViolation")
        /// Any other error that the server reported.
        public static let server = Code("server")
    }

    /// The kind of failure.
    public let code: Code
    /// What was attempted and what happened.
    public let message: String
    /// JetStream's `err_code`, if the server sent one.
    public let serverCode: Int?

    init(_ code: Code, _ message: String, serverCode: Int? = nil) {
        self.code = code
        self.message = message
        self.serverCode = serverCode
    }

    /// Whether the same attempt may succeed later without anybody changing anything.
    ///
    /// A publish that ended with `.timeout` may have been stored: retry it only with a message id.
    public var isRetriable: Bool {
        switch code {
        case .disconnected, .timeout, .noResponders, .streamFull, .slowConsumer: true
        case .server: serverCode.map { Self.transientServerCodes.contains($0) } ?? false
        default: false
        }
    }

    /// The kind and the sentence.
    public var description: String {
        "\(code): \(message)"
    }

    /// JetStream is starting, stopping or electing: cluster incomplete, not active, not available, no leader, store failed.
    private static let transientServerCodes: Set<Int> = [10004, 10006, 10008, 10009, 10077]

    func context(_ what: String) -> BusError {
        BusError(code, "\(what): \(message)", serverCode: serverCode)
    }
}
