// Process events and their subjects.

import ArgusShared
import Testing

struct ProcessEventTests {
    @Test(
        "Any name survives the way through a subject",
        arguments: ["caddy", "my.app", "a/b c", "", "%41", "*", ">", "naïve", "日本", "a%2Eb", "\u{0}\n"])
    func escaping(name: String) throws {
        let token = ProcessSubject.escape(name)
        #expect(token.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !token.contains(".") && !token.contains("*") && !token.contains(">"))
        #expect(ProcessSubject.unescape(token) == name)
        let subject = ProcessSubject.make(namespace: name, name: "x", type: .crashed)
        #expect(subject.split(separator: ".").count == 5)
        let process = try #require(ProcessSubject.process(of: subject))
        #expect(process.namespace == name && process.name == "x")
    }

    @Test("What no name becomes is no token", arguments: ["%4", "%41", "a b", "%GG", "%FF", "a%"])
    func notEscaped(token: String) {
        #expect(ProcessSubject.unescape(token) == nil)
    }

    @Test("An event travels as the documented JSON")
    func json() throws {
        var state = ProcessState(name: "my.db", namespace: "core", status: "Completed")
        state.exitCode = 137
        state.restarts = 2
        state.hasReadinessProbe = true
        state.readiness = .notReady
        state.cpu = 1.5
        state.memory = 4096
        var event = ProcessEvent(.crashed, state: state, at: Timestamp(milliseconds: 0))
        event.exitCode = 137
        event.restarts = 2
        #expect(
            String(decoding: event.json, as: UTF8.self)
                == #"{"type":"crashed","process":"my.db","namespace":"core","timestamp":"1970-01-01T00:00:00.000Z","#
                + #""subject":"core.process.core.my%2Edb.crashed","severity":"error","state":{"name":"my.db","namespace":"core","#
                + #""status":"Completed","is_ready":"Not Ready","has_ready_probe":true,"restarts":2,"exit_code":137,"is_running":false,"#
                + #""replicas":1,"pid":0,"mem":4096,"cpu":1.5},"exit_code":137,"restarts":2}"#)
        #expect(try ProcessEvent(parsing: event.json) == event)
    }

    @Test("A malformed event is refused by name", arguments: [("{}", "type"), (#"{"type":"started"}"#, "timestamp")])
    func malformed(json: String, field: String) {
        let error = #expect(throws: ProcessEvent.Malformed.self) { try ProcessEvent(parsing: Array(json.utf8)) }
        #expect(error?.field == field)
    }
}
