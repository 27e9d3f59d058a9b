// The way of a received request to the bus, the same for both doors.

import Dispatch

/// How a body is compressed.
enum BodyEncoding: Sendable, Hashable {
    case identity
    /// gzip, or zlib's format (HTTP's deflate): told apart by the header.
    case compressed

    /// The encoding of a header's value; nil for one that we do not undo.
    init?(name: some StringProtocol) {
        switch name.lowercased() {
        case "", "identity": self = .identity
        case "gzip", "x-gzip", "deflate": self = .compressed
        default: return nil
        }
    }
}

/// A whole request as it came in.
struct ReceivedExport: Sendable {
    var signal: ExportSignal
    var format: ExportFormat
    var encoding: BodyEncoding
    var body: [UInt8]
    var lease: ByteLease
}

/// Checks requests, puts them on the bus, and says how that ended.
final class TelemetryIntake: Sendable {
    typealias Completion = @Sendable (Result<ExportAccepted, ExportFailure>) -> Void

    /// Bytes that both doors may hold.
    let budget: ByteBudget
    /// Bytes of the largest request after decompression.
    let maximumRequest: Int

    private let commits: [ExportSignal: TelemetryCommit]
    private let letters: RejectedItemLetters
    private let publisher: any TelemetryPublisher
    /// Large requests wait for each other: they leave the processors to what answers the small ones, and only one of them at a time takes
    /// the memory that inflating needs.
    private let large = DispatchQueue(label: "otlp.large-requests")

    /// Bodies up to this size are handled on the event loop that read them; larger ones would keep it from its other connections.
    private static let inlineBytes = 256 * 1024
    private static let inlineCompressedBytes = 16 * 1024

    init(
        maximumRequest: Int, budget: ByteBudget, commits: [ExportSignal: TelemetryCommit], letters: RejectedItemLetters,
        publisher: any TelemetryPublisher
    ) {
        self.maximumRequest = maximumRequest
        self.budget = budget
        self.commits = commits
        self.letters = letters
        self.publisher = publisher
    }

    /// Handles a request. The completion is called once, from any thread, as soon as the request is on the bus or was refused.
    func submit(_ request: ReceivedExport, completion: @escaping Completion) {
        let limit = request.encoding == .identity && request.format == .protobuf ? Self.inlineBytes : Self.inlineCompressedBytes
        if request.body.count <= limit { return handle(request, completion) }
        large.async { self.handle(request, completion) }
    }

    /// Takes no more requests. Those it has are finished.
    func close() {
        for commit in commits.values { commit.close() }
    }

    private func handle(_ request: ReceivedExport, _ completion: @escaping Completion) {
        do throws(ExportFailure) {
            let body = try inflated(request)
            // The protobuf form of a request is smaller than its JSON.
            if request.format == .json, !request.lease.take(body.count) { throw .overloaded }
            let checked = try RequestCheck.check(body, request.signal, request.format)
            request.lease.shrink(to: checked.payload.count)
            if let letter = checked.letter { letters.append(letter, request.signal) }
            let result = ExportAccepted(accepted: checked.accepted, rejected: checked.rejected, message: checked.message)
            guard checked.accepted > 0, let commit = commits[request.signal] else { return completion(.success(result)) }
            let parts = try RequestCheck.split(
                checked.payload, request.signal, maximumBytes: publisher.maximumMessage)
            commit.commit(parts, lease: request.lease) { failure in
                completion(failure.map { .failure($0) } ?? .success(result))
            }
        } catch {
            completion(.failure(error))
        }
    }

    private func inflated(_ request: ReceivedExport) throws(ExportFailure) -> [UInt8] {
        guard request.encoding == .compressed else { return request.body }
        do throws(Inflater.Failure) {
            return try Inflater.inflate(request.body, limit: maximumRequest, lease: request.lease)
        } catch {
            throw ExportFailure(error, limit: maximumRequest)
        }
    }
}

extension ExportFailure {
    fileprivate init(_ failure: Inflater.Failure, limit: Int) {
        switch failure {
        case .tooLarge: self = .tooLarge(limit: limit)
        case .overloaded: self = .overloaded
        case .malformed(let reason): self.init(kind: .malformed, message: reason)
        }
    }
}
