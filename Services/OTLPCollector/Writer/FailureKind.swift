// What an error of the database says about a batch.

import ArgusStorage

/// Why a batch was not stored, as far as it matters for what happens next.
enum FailureKind: Sendable, Equatable {
    /// The database is away, full, locked, read-only, damaged or not set up as it should be: nothing could be stored now.
    case database
    /// The database is well and does not take this batch: some message of it can never be stored.
    case batch
    /// The service is stopping: nothing was tried.
    case stopping

    init(_ error: any Error) {
        switch error {
        case is CancellationError: self = .stopping
        case let error as StorageError: self = Self.kind(error)
        default: self = .batch
        }
    }

    private static func kind(_ error: StorageError) -> FailureKind {
        switch error.code {
        case .cancelled, .closed: .stopping
        case .constraint, .invalidValue, .typeMismatch, .other: .batch
        default: .database
        }
    }
}
