// What members write into the bucket of leases.

import ArgusShared

/// The value of `partitions.<n>`.
struct PartitionClaim: Sendable, Equatable {
    static let prefix = "partitions."

    var owner: String
    /// Grows with every change of hands.
    var epoch: Int64
    /// Whether the owner has given the partition up in good order.
    var isReleased: Bool

    static func key(_ partition: Int) -> String { prefix + "\(partition)" }

    var encoded: [UInt8] {
        JSONValue.object([
            .init("owner", .string(owner)), .init("epoch", .integer(epoch)), .init("state", .string(isReleased ? "released" : "owned")),
        ]).bytes
    }

    init(owner: String, epoch: Int64, isReleased: Bool = false) {
        self.owner = owner
        self.epoch = epoch
        self.isReleased = isReleased
    }

    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let owner = value["owner"]?.stringValue, let epoch = value["epoch"]?.integerValue,
            let state = value["state"]?.stringValue
        else { return nil }
        self.init(owner: owner, epoch: epoch, isReleased: state == "released")
    }
}

/// The value of `members.<id>`.
struct MemberRecord: Sendable, Equatable {
    static let prefix = "members."

    /// Whether the member gives up what it has and wants no more.
    var isLeaving: Bool

    static func key(_ member: String) -> String { prefix + member }

    var encoded: [UInt8] {
        JSONValue.object([.init("state", .string(isLeaving ? "leaving" : "active"))]).bytes
    }

    init(isLeaving: Bool) {
        self.isLeaving = isLeaving
    }

    init(_ bytes: [UInt8]) {
        isLeaving = (try? JSONValue(parsing: bytes))?["state"]?.stringValue == "leaving"
    }
}
