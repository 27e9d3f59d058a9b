// From an error to what is printed and the exit code.

import ArgumentParser
import ArgusBus
import ProcessCompose

/// How a command's error ends the program.
struct Ending: Sendable {
    var status: CommandStatus
    /// For standard output: help that was asked for.
    var output: String?
    /// For standard error.
    var complaint: String?

    init(_ error: any Error) {
        switch error {
        case let error as CommandLineError: self.init(error.status, error.message)
        case let error as BusError: self.init(BusFailure.status(of: error), BusFailure.sentence(of: error))
        case let error as ProcessComposeError: self.init(Self.status(of: error), error.message)
        case is OutputClosed: self.init(status: .success)
        case is CancellationError: self.init(status: .interrupted)
        default: self.init(parsing: error)
        }
    }

    private init(status: CommandStatus, output: String? = nil, complaint: String? = nil) {
        self.status = status
        self.output = output
        self.complaint = complaint
    }

    private init(_ status: CommandStatus, _ message: String) {
        self.init(status: status, complaint: status == .interrupted ? nil : "argus: \(message)")
    }

    /// What the argument parser threw: a request for help, or a complaint.
    private init(parsing error: any Error) {
        let code = Argus.exitCode(for: error)
        let text = Argus.fullMessage(for: error)
        if code.isSuccess {
            self.init(status: .success, output: text.isEmpty ? nil : text)
        } else if code == .validationFailure {
            self.init(status: .usage, complaint: text)
        } else {
            self.init(.failure, text.isEmpty ? "\(error)" : "\(error)")
        }
    }

    private static func status(of error: ProcessComposeError) -> CommandStatus {
        switch error.code {
        case .unreachable: .unreachable
        case .unauthorized: .refused
        default: .failure
        }
    }
}

/// What errors of the bus mean to a person.
enum BusFailure {
    static func status(of error: BusError) -> CommandStatus {
        switch error.code {
        case .disconnected, .timeout, .noResponders, .closed: .unreachable
        case .permissionDenied: .refused
        case .notFound: .notFound
        case .cancelled: .interrupted
        default: .failure
        }
    }

    static func sentence(of error: BusError) -> String {
        switch error.code {
        case .permissionDenied: "the event bus refuses: \(error.message); see --context, NATS_USER and NATS_CREDS"
        default: error.message
        }
    }
}
