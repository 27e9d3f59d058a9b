// Command lines, variables and contexts.

import ArgumentParser
import ArgusBus
import ArgusShared
import Foundation
import Testing

@testable import ArgusCLI

struct OptionTests {
    private static func configuration(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> BusConfiguration {
        try BusOptions.parse(arguments).configuration(Captured().surroundings(environment))
    }

    /// A home directory with nats contexts.
    private static func withHome(_ contexts: [String: String], selected: String? = nil, _ body: (String) throws -> Void) throws {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent("argus-home-\(UUID().uuidString)")
        let directory = home.appendingPathComponent(".config/nats/context")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        for (name, text) in contexts { try Data(text.utf8).write(to: directory.appendingPathComponent("\(name).json")) }
        if let selected { try Data(selected.utf8).write(to: home.appendingPathComponent(".config/nats/context.txt")) }
        try body(home.path)
    }

    @Test("The bus is on this machine unless flags or variables say otherwise")
    func urls() throws {
        #expect(try Self.configuration().servers == ["nats://127.0.0.1:4222"])
        #expect(try Self.configuration([], ["NATS_URL": "nats://a:1"]).servers == ["nats://a:1"])
        #expect(try Self.configuration(["--nats-url", "nats://b:2"], ["NATS_URL": "nats://a:1"]).servers == ["nats://b:2"])
        let secured = try Self.configuration([], ["NATS_USER": "u", "NATS_PASSWORD": "p", "NATS_TLS_CA": "/ca.pem"])
        #expect(secured.user == "u" && secured.password == "p" && secured.tls?.caFile == "/ca.pem")
        #expect(secured.inboxPrefix == "_INBOX.u")
    }

    @Test("A context of the nats command line is read with all it says")
    func context() throws {
        let text = """
            {"description":"x","url":"nats://a:1,nats://b:1","user":"u","password":"p","creds":"~/x.creds","nkey":"/n.nk","ca":"/ca.pem",\
            "cert":"/c.pem","key":"/k.pem","inbox_prefix":"_IN","token":""}
            """
        try Self.withHome(["prod": text]) { home in
            let configuration = try Self.configuration(["--context", "prod"], ["HOME": home, "NATS_URL": "nats://elsewhere:1"])
            #expect(configuration.servers == ["nats://a:1,nats://b:1"])
            #expect(configuration.user == "u")
            #expect(configuration.password == "p")
            #expect(configuration.token == nil)
            #expect(configuration.credentialsFile == "\(home)/x.creds")
            #expect(configuration.nkeySeedFile == "/n.nk")
            #expect(configuration.tls?.caFile == "/ca.pem")
            #expect(configuration.tls?.certificateFile == "/c.pem")
            #expect(configuration.tls?.keyFile == "/k.pem")
            #expect(configuration.inboxPrefix == "_IN")
            let moved = try Self.configuration(["--context", "prod", "--nats-url", "nats://c:1"], ["HOME": home])
            #expect(moved.servers == ["nats://c:1"])
            #expect(moved.user == "u")
        }
    }

    @Test("The selected context counts only where nothing else names a bus")
    func selectedContext() throws {
        try Self.withHome(["prod": #"{"url":"nats://a:1"}"#], selected: "prod\n") { home in
            let selected = try Self.configuration([], ["HOME": home])
            #expect(selected.servers == ["nats://a:1"])
            let named = try Self.configuration([], ["HOME": home, "NATS_URL": "nats://b:1"])
            #expect(named.servers == ["nats://b:1"])
            let elsewhere = try Self.configuration([], ["XDG_CONFIG_HOME": "\(home)/.config"])
            #expect(elsewhere.servers == ["nats://a:1"])
        }
    }

    @Test("A context that is missing, broken or beyond us is refused with its name")
    func badContexts() throws {
        try Self.withHome(["broken": "{", "list": "[]", "nsc": #"{"nsc":"nsc://o/a/u"}"#]) { home in
            for name in ["missing", "broken", "list", "nsc", "../x", ""] {
                let error = #expect(throws: CommandLineError.self) { try Self.configuration(["--context", name], ["HOME": home]) }
                #expect(error?.status == .usage)
                #expect(error?.message.contains("\"\(name)\"") == true)
            }
        }
    }

    @Test("Services are behind the edge, or each has an address of its own")
    func addresses() throws {
        func addresses(_ arguments: [String], _ environment: [String: String] = [:]) throws -> ServiceAddresses {
            try ServiceOptions.parse(arguments).addresses(Captured().surroundings(environment))
        }
        let usual = "http://127.0.0.1:8080"
        #expect(try addresses([]) == ServiceAddresses(edge: usual, gateway: usual, api: usual, collector: usual))
        let variables = ["ARGUS_URL": "https://a/", "ARGUS_API_URL": "http://b:1"]
        #expect(try addresses([], variables).gateway == "https://a")
        #expect(try addresses([], variables).api == "http://b:1")
        #expect(try addresses(["--url", "http://c"], variables).api == "http://c")
        #expect(try addresses(["--collector-url", "http://d:2"], variables).collector == "http://d:2")
        #expect(throws: CommandLineError.self) { try addresses(["--url", "localhost:8080"]) }
    }

    @Test("An address that cannot be called is refused; one that can is taken without the slash at its end")
    func addressesThatCanBeCalled() throws {
        for text in ["http://a", "https://a.b:1/", "http://127.0.0.1:65535", "http://[::1]:8080", "http://[::1]", "http://a/argus/"] {
            #expect(try ServiceAddresses.check(text, of: "--url") == (text.hasSuffix("/") ? String(text.dropLast()) : text))
        }
        let wrong = [
            "", "http://", "http:///x", "http://:1", "ftp://a", "http://a:0", "http://a:65536", "http://a:99999999999999999999",
            "http://a:", "http://a:b", "http://a:1:2", "http://[::1", "http://[::1]8080", "http://a b", "http://a\n", "http://a?x=1",
            "http://a#b", "http://user:secret@a", "http://\u{E4}",
        ]
        for text in wrong {
            let error = #expect(throws: CommandLineError.self, "\(text)") { try ServiceAddresses.check(text, of: "--url") }
            #expect(error?.status == .usage)
        }
    }

    @Test(
        "Command lines that make no sense end with 2 and say why",
        arguments: [
            ["nonsense"], ["watch", "--type", "exploded"], ["watch", "--since", "yesterday"], ["history", "--last", "-1"],
            ["process", "scale", "worker"], ["process", "scale", "worker", "0"], ["dlq", "replay"], ["dlq", "delete", "x", "--all"],
            ["alerts", "list", "--limit", "0"], ["send", "trigger", "x"], ["rules", "create", "x", "--window", "5"],
            ["alerts", "list", "--url", "nowhere"], ["process", "list", "--compose-url", "nowhere"], ["doctor", "--service", "x"],
            ["send", "trigger", "x", "--manager", "m", "--class", "c", "--details", "[1]"], ["alerts", "show", ""],
            ["alerts", "acknowledge", "a", ""], ["alerts", "resolve", "a", "--manager", ""], ["alerts", "list", "--manager", ""],
            ["rules", "show", ""], ["rules", "delete", ""], ["managers", "show", ""], ["managers", "delete", ""], ["dlq", "delete", ""],
            ["send", "resolve", "--manager", "m", "--key", ""], ["rules", "--token", "secret\n"], ["watch", "--nats-url", " , "],
            ["doctor", "--service", "=http://a"],
        ])
    func usage(_ arguments: [String]) async {
        let captured = Captured()
        #expect(await captured.run(arguments) == .usage)
        #expect(captured.output.isEmpty)
        #expect(!captured.errors.isEmpty)
    }

    @Test(
        "A value outside a closed set is refused with those that there are, before anybody is asked",
        arguments: [
            (["alerts", "list", "--status", "foo"], ["active", "resolved"]),
            (["alerts", "list", "--status", "active,"], ["active", "resolved"]),
            (["alerts", "list", "--severity", "high,huge"], ["high", "medium", "low"]),
            (["alerts", "list", "--type", "uncle"], ["parent", "child"]),
            (["alerts", "list", "--sort", "-name"], ["created_at", "updated_at", "severity", "-severity"]),
            (["send", "trigger", "x", "--manager", "m", "--class", "c", "--severity", "critical"], ["high", "medium", "low"]),
            (["managers", "create", "x", "--format", "xml"], ["argus", "alertmanager"]),
            (["rules", "create", "x", "--key", "colour", "--window", "5"], ["class", "component", "details.PATH"]),
            (["rules", "create", "x", "--key", "class", "--window", "10081"], ["1 to 10080"]),
            (["tail", "logs", "--severity", "loud"], ["trace", "warn", "fatal"]), (["tail", "traces", "--severity", "warn"], ["error"]),
            (["watch", "--type", "exploded"], ["crashed", "status_changed"]), (["history", "--type", "x"], ["crashed", "status_changed"]),
            (["process", "list", "--compose-port", "65536"], ["1 to 65535"]),
        ])
    func closedSets(_ arguments: [String], _ allowed: [String]) async throws {
        let captured = Captured()
        // Nobody listens there: whoever asked would end with another code.
        let nowhere = "127.0.0.1:1"
        let status = await captured.run(arguments, environment: ["ARGUS_URL": "http://\(nowhere)", "NATS_URL": "nats://\(nowhere)"])
        #expect(status == .usage)
        #expect(captured.output.isEmpty)
        for value in allowed { #expect(captured.errors.contains(value)) }
    }

    @Test("Several values of a closed set are given with commas, and an order with or without its sign")
    func choices() throws {
        #expect(Choices<Severity>(argument: "high,low")?.values == [.high, .low])
        #expect(Choices<Severity>(argument: "high,low")?.text == "high,low")
        #expect(Choices<Severity>(argument: "") == nil)
        let list = try ListAlerts.parse(["--status", "active", "--sort", "-severity"])
        #expect(list.status?.values == [.active] && list.sort?.text == "-severity")
    }

    @Test("Every command has help with examples, and ends with 0")
    func help() async {
        for path in [["--help"], ["watch", "--help"], ["history", "--help"], ["doctor", "--help"], ["send"], ["tail"]] {
            let captured = Captured()
            #expect(await captured.run(path) == .success)
            #expect(captured.output.contains("argus "))
            #expect(captured.errors.isEmpty)
        }
        let captured = Captured()
        #expect(await captured.run(["--generate-completion-script", "bash"]) == .success)
        #expect(captured.output.contains("pocketbase") || captured.output.contains("status_changed"))
    }
}
