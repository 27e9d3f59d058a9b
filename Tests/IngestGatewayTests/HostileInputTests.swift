// Whatever bytes come, the parsers answer: an event, a list of problems or an error with a position.

import ArgusShared
import Testing

@testable import IngestGateway

@Suite struct HostileInputTests {
    /// SplitMix64: the same sequence for the same seed.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let seeds: [String] = [
        #"{"event_manager_id":"m","summary":"s\u00e9\n","severity":"high","action":"trigger","class":"c","details":{"a":[1,-2.5e3,{"b":null}]},"links":[{}],"timestamp":"2026-01-31T12:00:00Z"}"#,
        #"{"routing_key":"r","event_action":"trigger","payload":{"summary":"s","source":"x","severity":"info","custom_details":{"k":true}}}"#,
        #"{"labels":{"alertname":"A","severity":"page"},"annotations":{"summary":"x"},"startsAt":"2026-01-31T12:00:00Z","endsAt":null}"#,
    ]

    private static let fragments: [[UInt8]] =
        [
            "{", "}", "[", "]", "\"", "\\", "\\u0000", "\\ud800", "NaN", "null", ",", ":", "1e999", "\n", "\u{7f}", "é",
        ].map { Array($0.utf8) } + [[0x00], [0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    private func mutate(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.insert(contentsOf: Self.fragments.randomElement(using: &random) ?? [], at: place)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...8, using: &random)))
            case 2: bytes.removeSubrange(place...)
            default: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            }
        }
        return bytes
    }

    @Test(arguments: [1, 2, 3, 4]) func noBytesAreTooStrange(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let now = Timestamp(milliseconds: 1_750_000_000_000)
        for _ in 0..<4000 {
            let bytes = mutate(Array(Self.seeds[Int.random(in: 0..<3, using: &random)].utf8), &random)
            do {
                let event = try JSONReader.read(bytes, limits: .untrusted) { try EventDraft(from: &$0) }.finish(receivedAt: now)
                if case .success(let event) = event { try expectSafe(event) }
                let pagerDuty = try JSONReader.read(bytes, limits: .untrusted) { try PagerDutyEvent(from: &$0) }
                if case .success(let event) = pagerDuty.finish(managerID: "m", receivedAt: now) { try expectSafe(event) }
                let alert = try JSONReader.read(bytes, limits: .untrusted) { try PrometheusAlert(from: &$0) }
                if case .success(let event) = alert.finish(managerID: "m", receivedAt: now, resolveTimeout: 1000) { try expectSafe(event) }
            } catch let error as JSONError {
                #expect((0...bytes.count).contains(error.offset))
            }
            _ = try? EventBatch(bytes, format: .lines, receivedAt: now)
        }
    }

    /// What was taken travels on one line, comes out as it went in, and holds no U+0000.
    private func expectSafe(_ event: AlertEvent) throws {
        let line = event.encodedLine
        #expect(line.firstIndex(of: UInt8(ascii: "\n")) == line.count - 1)
        #expect(try AlertEvent.readLines(line) == [event])
        #expect(!String(decoding: line, as: UTF8.self).contains("\u{0}"))
        #expect(try !RawJSON(line).containsNUL)
    }
}
