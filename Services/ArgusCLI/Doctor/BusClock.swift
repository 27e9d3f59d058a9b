// The bus's clock against this machine's.

import ArgusShared

/// How far the bus's clock is from this machine's: the time that the bus says in an answer against the middle between question and answer.
struct BusClock: Sendable {
    /// A difference that people would notice in the times they are shown.
    private static let tolerance = Duration.seconds(1)

    /// How far the bus is ahead; negative if it is behind.
    let lead: Duration
    /// Between question and answer.
    let roundTrip: Duration

    /// - Parameter answer: one of the JetStream API; nil is returned for a server before 2.11, which does not tell its time.
    init?(answer: JSONValue, askedAt before: Timestamp, roundTrip: Duration) {
        guard let told = answer["ts"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }) else { return nil }
        let middle = before.adding(milliseconds: Int64(roundTrip / .milliseconds(2)))
        lead = .milliseconds(told.milliseconds - middle.milliseconds)
        self.roundTrip = roundTrip
    }

    /// The time on the bus when it is `time` here.
    func time(at time: Timestamp) -> Timestamp {
        time.adding(milliseconds: Int64(lead / .milliseconds(1)))
    }

    var finding: Finding {
        let size = lead < .zero ? .zero - lead : lead
        guard size > Self.tolerance + roundTrip else {
            return .ok("clocks", "this machine and the bus agree to within \(Self.milliseconds(size + roundTrip / 2)) ms")
        }
        return .warning(
            "clocks", "the bus's clock is \(Self.milliseconds(size)) ms \(lead < .zero ? "behind" : "ahead of") this machine's",
            advice: "let both be set by NTP (timedatectl set-ntp true): order is not affected, but times shown are")
    }

    /// Milliseconds, to the microsecond.
    static func milliseconds(_ duration: Duration) -> String {
        "\((duration / .microseconds(1)).rounded() / 1000)"
    }
}
