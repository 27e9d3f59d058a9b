// How far a partition's log and input are taken in.

/// A place in the commit log and the place in the input that belongs to it.
struct LogPosition: Sendable, Equatable {
    /// The sequence of the commit.
    var commit: UInt64 = 0
    /// Events up to this sequence of the input are contained.
    var input: UInt64 = 0
    /// And so many events of the message after that.
    var inputOffset = 0
}
