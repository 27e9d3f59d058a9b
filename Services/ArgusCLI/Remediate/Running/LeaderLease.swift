// Leadership: of all who want it, one has it.

import ArgusBus
import ArgusShared

/// A key in the bucket of leases that one instance keeps writing.
///
/// Whoever holds it believes so for a lease's duration from the start of its last write that was acknowledged. The others take it only
/// after they have seen no write for that long, counted from when they saw the last one, so no two clocks are compared and two never
/// believe to hold it at the same time.
actor LeaderLease {
    /// What the holder has.
    struct Term: Sendable, Equatable {
        /// Grows with every change of hands.
        var epoch: Int64
        /// Up to where the holder before has read the stream of process events; nil if there was none.
        var position: UInt64?
    }

    private struct Value: Equatable {
        var owner: String
        var epoch: Int64
        var isReleased: Bool
        var position: UInt64?

        init(owner: String, epoch: Int64, isReleased: Bool, position: UInt64?) {
            (self.owner, self.epoch, self.isReleased, self.position) = (owner, epoch, isReleased, position)
        }

        init?(_ bytes: [UInt8]) {
            guard let value = try? JSONValue(parsing: bytes), let owner = value["owner"]?.stringValue,
                let epoch = value["epoch"]?.integerValue
            else { return nil }
            self.init(
                owner: owner, epoch: epoch, isReleased: value["state"]?.stringValue == "released",
                position: value["position"]?.integerValue.map { UInt64(clamping: $0) })
        }

        var encoded: [UInt8] {
            var members: [JSONValue.Member] = [
                .init("owner", .string(owner)), .init("epoch", .integer(epoch)),
                .init("state", .string(isReleased ? "released" : "owned")),
            ]
            if let position { members.append(.init("position", .integer(Int64(clamping: position)))) }
            return JSONValue.object(members).bytes
        }
    }

    private let bucket: KeyValueBucket
    private let key: String
    private let owner: String
    nonisolated let duration: Duration
    private var epoch: Int64 = 0
    private var revision: UInt64?
    private var confirmed: ContinuousClock.Instant?
    /// The newest write of another instance, and when this one saw it first.
    private var seen: (revision: UInt64, since: ContinuousClock.Instant)?
    /// Who held it when it was looked at last.
    private(set) var holder: String?

    /// - Parameters:
    ///   - name: what the lease is about.
    ///   - owner: differs from that of every other instance.
    init(_ bus: Bus, name: String, owner: String, duration: Duration) {
        bucket = bus.keyValue(Buckets.leases)
        key = RemediationName.leaseKey(name)
        self.owner = owner
        self.duration = duration
    }

    /// How often the holder writes and the others look.
    nonisolated var interval: Duration { duration / 6 }

    /// Whether no other instance can hold it.
    var isValid: Bool {
        guard revision != nil, let confirmed else { return false }
        return ContinuousClock.now - confirmed < duration
    }

    /// Tries to get it, once; another try makes sense after ``interval``.
    ///
    /// - Returns: nil while another instance holds it, or while the bus is away.
    /// - Throws: `BusError` for what waiting does not mend.
    func acquire() async throws(BusError) -> Term? {
        do throws(BusError) {
            let start = ContinuousClock.now
            guard let entry = try await bucket.get(key) else {
                return hold(try await bucket.create(key, claim(nil).encoded), claim(nil), since: start)
            }
            let value = Value(entry.value)
            holder = value?.owner
            if seen?.revision != entry.revision { seen = (entry.revision, .now) }
            let isSilent = seen.map { ContinuousClock.now - $0.since > duration } ?? false
            guard value?.isReleased ?? true || isSilent else { return nil }
            let mine = claim(value)
            return hold(try await bucket.update(key, mine.encoded, revision: entry.revision), mine, since: start)
        } catch {
            // Somebody was faster, or the bus is away for a while.
            guard error.code == .keyExists || error.isRetriable else { throw error }
            return nil
        }
    }

    private func claim(_ before: Value?) -> Value {
        Value(owner: owner, epoch: (before?.epoch ?? 0) + 1, isReleased: false, position: before?.position)
    }

    private func hold(_ revision: UInt64, _ value: Value, since start: ContinuousClock.Instant) -> Term {
        (self.revision, epoch, confirmed, seen) = (revision, value.epoch, start, nil)
        return Term(epoch: value.epoch, position: value.position)
    }

    /// Writes again. Whether the lease is still held.
    func renew(position: UInt64) async -> Bool {
        guard let last = revision, isValid else { return false }
        let start = ContinuousClock.now
        let value = Value(owner: owner, epoch: epoch, isReleased: false, position: position)
        do throws(BusError) {
            let next = try await bucket.update(key, value.encoded, revision: last)
            if revision == last { (revision, confirmed) = (next, start) }
        } catch {
            if error.code == .keyExists { revision = nil }
        }
        return isValid
    }

    /// Gives it up, so that the next instance need not wait.
    func release(position: UInt64) async {
        guard let last = revision, isValid else { return }
        revision = nil
        _ = try? await bucket.update(
            key, Value(owner: owner, epoch: epoch, isReleased: true, position: position).encoded, revision: last)
    }
}

extension RemediationName {
    /// The key of a lease within the bucket of leases.
    static func leaseKey(_ name: String) -> String { "remediate.\(name)" }
}
