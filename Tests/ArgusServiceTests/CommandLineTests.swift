// What a service says about itself on its command line.

import Testing

@testable import ArgusService

@Suite struct CommandLineTests {
    private func help(_ defaults: [String: String], flags: [CommandLineFlag] = []) -> CommandLineAnswer? {
        CommandLineAnswer(
            arguments: ["--help"], service: "one", version: "1.2", settings: ServiceSettings(environment: [:], defaults: defaults),
            flags: flags)
    }

    @Test func helpListsWhatEveryServiceReadsAndWhatThisOneDoes() throws {
        let answer = try #require(help(["HTTP_PORT": "8081", "ARGUS_LINGER": "1ms", "DB_DSN": "one.db"]))
        #expect(answer.exitCode == 0)
        let listed = answer.text.split(separator: "\n").filter { $0.hasPrefix("  ") }.map { $0.dropFirst(2) }
        #expect(
            listed == [
                "APP_ENV (development)", "ARGUS_LINGER (1ms)", "DB_DSN (one.db)", "HTTP_BODY_TIMEOUT (30s)", "HTTP_HOST (127.0.0.1)",
                "HTTP_IDLE_TIMEOUT (60s)", "HTTP_MAX_BODY (8MB)", "HTTP_MAX_CONNECTIONS (4096)", "HTTP_PORT (8081)",
                "HTTP_REQUEST_TIMEOUT (30s)", "LOG_FORMAT (text)", "LOG_LEVEL (info)", "NATS_CREDS", "NATS_NKEY_SEED", "NATS_PASSWORD",
                "NATS_TLS_CA", "NATS_TLS_CERT", "NATS_TLS_KEY", "NATS_URL (nats://127.0.0.1:4222)", "NATS_USER",
            ])
    }

    @Test func helpListsFlagsWithTheirVariables() throws {
        let answer = try #require(help(["POLL": "2s"], flags: [CommandLineFlag("--poll", sets: "POLL", help: "time between looks")]))
        #expect(answer.text.contains("usage: one [--help | --version | --healthcheck] [flags]"))
        #expect(answer.text.contains("  --poll  time between looks (POLL)\n"))
    }

    @Test func whatItDoesNotKnowItRefuses() {
        let settings = ServiceSettings(environment: [:])
        func answer(_ arguments: String...) -> CommandLineAnswer? {
            CommandLineAnswer(arguments: arguments, service: "one", version: "1.2", settings: settings)
        }
        #expect(answer() == nil)
        #expect(answer("--version")?.text == "one 1.2")
        #expect(answer("--versoin")?.exitCode == 2)
    }
}
