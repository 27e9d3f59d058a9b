// Which member should own which partition: the same answer everywhere, with few moves when members come and go.

/// Rendezvous hashing with bounded load.
enum Rendezvous {
    /// The owner of every partition. Loads differ by one at most; nobody owns anything where there are no members.
    static func owners(partitions: Int, members: [String]) -> [Int: String] {
        guard !members.isEmpty else { return [:] }
        var pairs: [(weight: UInt64, partition: Int, member: String)] = []
        for member in members {
            for partition in 0..<partitions { pairs.append((weight(member, partition), partition, member)) }
        }
        pairs.sort { ($0.weight, $0.member, $0.partition) > ($1.weight, $1.member, $1.partition) }
        let floor = partitions / members.count
        var larger = partitions % members.count
        var load: [String: Int] = [:]
        var owners: [Int: String] = [:]
        for pair in pairs where owners[pair.partition] == nil {
            let current = load[pair.member, default: 0]
            guard current < floor || (current == floor && larger > 0) else { continue }
            if current == floor { larger -= 1 }
            load[pair.member] = current + 1
            owners[pair.partition] = pair.member
        }
        return owners
    }

    /// 64-bit FNV-1a of both, mixed so that close inputs are far apart.
    private static func weight(_ member: String, _ partition: Int) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in member.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ UInt64(partition)) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return hash ^ (hash >> 32)
    }
}
