// Commands and outcomes as they are on the bus.

import ArgusShared
import Testing

@Suite struct ProcessCommandTests {
    @Test func commandsAndOutcomesAreReadAsTheyAreWritten() throws {
        for action in ProcessCommand.Action.allCases {
            for name in ["api", "a.b/c d%41", "\u{202E}\"\\\n", "é𝄞", ""] {
                let command = ProcessCommand(action, namespace: "x/\(name)", name: name, by: name.isEmpty ? nil : name)
                #expect(try ProcessCommand(parsing: command.json) == command)
            }
        }
        for status in ProcessOutcome.Status.allCases {
            for reason in [nil, "because \"of\"\n it"] {
                let outcome = ProcessOutcome(id: "1", status, reason: reason)
                #expect(ProcessOutcome(parsing: outcome.json) == outcome)
            }
        }
    }

    @Test func aCommandHoldsAsLongAsSomebodyWaits() {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        #expect(ProcessCommand(.stop, namespace: "a", name: "b", now: now).expires == now.adding(milliseconds: 5000))
    }

    @Test func whatIsWrongIsSaidToWhomItConcerns() {
        func problem(_ json: String) -> ProcessCommand.Malformed? {
            do throws(ProcessCommand.Malformed) {
                _ = try ProcessCommand(parsing: Array(json.utf8))
                return nil
            } catch {
                return error
            }
        }
        let whole = #"{"id":"7","action":"stop","namespace":"a","name":"b","expires_at":"2026-01-31T12:00:00Z","more":1}"#
        #expect(problem(whole) == nil)
        for nobody in [
            "", "no", "[]", "{}", #"{"id":7}"#, #"{"id":""}"#, #"{"id":"a.b"}"#, #"{"id":"a b"}"#, #"{"id":">"}"#,
            #"{"id":"\#(String(repeating: "x", count: 65))"}"#,
        ] {
            #expect(problem(nobody) != nil && problem(nobody)?.id == nil, "\(nobody)")
        }
        for (part, other, word) in [
            (#""stop""#, #""explode""#, "explode"), (#""stop""#, "7", "action"), (#","name":"b""#, "", "name"),
            (#""a""#, "null", "namespace"), (#""2026-01-31T12:00:00Z""#, #""soon""#, "expires_at"),
            (#","expires_at":"2026-01-31T12:00:00Z""#, "", "expires_at"),
        ] {
            let problem = problem(whole.replacing(part, with: other))
            #expect(problem?.id == "7" && problem?.reason.contains(word) == true, "\(other): \(String(describing: problem))")
        }
        #expect(ProcessOutcome(parsing: Array(#"{"id":"7","status":"perhaps"}"#.utf8)) == nil)
        #expect(ProcessOutcome(parsing: Array(#"{"status":"done"}"#.utf8)) == nil)
    }
}
