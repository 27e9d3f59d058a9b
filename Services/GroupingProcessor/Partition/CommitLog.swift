// Writes the commits of one partition, fenced by the sequence of the one before.

import ArgusBus
import ArgusShared

/// Why a partition cannot be worked on any more.
enum PartitionError: Error, CustomStringConvertible {
    case fenced
    case abandoned
    /// The commit is larger than the bus takes.
    case commitTooLarge(bytes: Int)
    case inconsistent(String)

    var description: String {
        switch self {
        case .fenced: "somebody else has committed"
        case .abandoned: "the lease ran out or the work was given up"
        case .commitTooLarge(let bytes): "a commit of \(bytes) bytes is more than the bus takes"
        case .inconsistent(let what): what
        }
    }
}

/// The tail of a partition's commit log.
///
/// A commit is stored at its place or not at all: the server refuses it unless the partition's last commit is the one expected. So it may be
/// sent again when its outcome is unknown; if it is refused then, the last commit's id tells whether it was ours.
struct CommitLog {
    private let bus: Bus
    private let partition: Int
    private let control: PartitionControl
    /// The sequence of the partition's last commit, 0 if there is none.
    private(set) var last: UInt64

    init(bus: Bus, partition: Int, control: PartitionControl, last: UInt64) {
        self.bus = bus
        self.partition = partition
        self.control = control
        self.last = last
    }

    /// Stores `payload` as the next commit.
    ///
    /// - Throws: `PartitionError`; `BusError` for what no repetition mends.
    mutating func append(_ payload: [UInt8]) async throws {
        let id = Identifier.make()
        let subject = Subjects.alerts(partition: partition)
        var pause = Duration.milliseconds(20)
        while true {
            guard control.mayWrite else { throw PartitionError.abandoned }
            do throws(BusError) {
                last = try await bus.publish(
                    payload, to: subject, headers: [HeaderName.schema: Schema.current], messageID: id, expectedLastSubjectSequence: last
                ).sequence
                return
            } catch {
                switch error.code {
                case .wrongLastSequence:
                    last = try await ownSequence(id)
                    return
                case .payloadTooLarge: throw PartitionError.commitTooLarge(bytes: payload.count)
                case _ where error.isRetriable: try await Task.sleep(for: pause)
                default: throw error
                }
            }
            pause = min(pause * 2, .seconds(1))
        }
    }

    /// The sequence of the last commit if it has this id.
    private func ownSequence(_ id: String) async throws -> UInt64 {
        let newest = try await bus.lastMessage(stream: Streams.alerts.name, subject: Subjects.alerts(partition: partition))
        guard let newest, newest.headers[HeaderName.messageID] == id, let sequence = newest.metadata?.streamSequence else {
            throw PartitionError.fenced
        }
        return sequence
    }
}
