// Reading the configuration: every malformed value is named, none is hidden, secrets stay secret.

import Testing

@testable import ArgusService

@Suite struct ConfigurationTests {
    /// The variables that not every service reads.
    private let defaults = ["DB_DRIVER": "sqlite", "DB_DSN": "argus.db", "ARGUS_TOKENS": ""]

    private func problems(_ environment: [String: String], _ read: (ServiceSettings) -> Void) -> [String] {
        let settings = ServiceSettings(environment: environment, defaults: defaults)
        read(settings)
        do {
            try settings.validate()
            return []
        } catch {
            return error.problems
        }
    }

    @Test func defaultsApplyWhereNothingIsSet() throws {
        let settings = ServiceSettings(environment: ["HTTP_PORT": ""], defaults: ["HTTP_PORT": "8081", "ARGUS_LINGER": "1ms"])
        let http = HTTPSettings(settings)
        #expect(http.port == 8081)
        #expect(http.host == "127.0.0.1")
        #expect(http.maxBodyBytes == 8_000_000)
        #expect(settings.duration("ARGUS_LINGER", in: .zero...(.seconds(1))) == .milliseconds(1))
        #expect(BusSettings(settings).urls == ["nats://127.0.0.1:4222"])
        try settings.validate()
    }

    @Test func aMalformedNumberNamesVariableValueAndRange() {
        let found = problems(["HTTP_PORT": "80a80"]) { _ = HTTPSettings($0) }
        #expect(found == ["HTTP_PORT is \"80a80\", but must be a whole number from 0 to 65535."])
    }

    @Test func allProblemsOfAStartAreToldTogether() {
        let found = problems(["HTTP_PORT": "70000", "HTTP_IDLE_TIMEOUT": "soon", "LOG_LEVEL": "loud", "DB_DRIVER": "oracle"]) {
            _ = HTTPSettings($0)
            _ = HTTPSettings($0)
            _ = LogSettings($0)
            _ = StorageSettings($0)
        }
        #expect(found.count == 4)
        #expect(found.contains("DB_DRIVER is \"oracle\", but must be sqlite or postgres."))
        #expect(found.contains("HTTP_IDLE_TIMEOUT is \"soon\", but must be a duration from 10ms to 1h such as 1ms, 5s, 5m or 1h."))
    }

    @Test(arguments: [
        ("1ms", Duration.milliseconds(1)), ("5s", .seconds(5)), ("5m", .seconds(300)), ("1h", .seconds(3600)), ("0", .zero),
        ("250us", .microseconds(250)),
    ])
    func durationsAreRead(text: String, expected: Duration) {
        #expect(SettingParsing.duration(text) == expected)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1.5s", "5 s", "5sec", "99999999999999999999h", "9999999999999h", "ms", "٣s"])
    func malformedDurationsAreRefused(text: String) {
        #expect(SettingParsing.duration(text) == nil)
    }

    @Test(arguments: [("512", 512), ("64KB", 64_000), ("5mb", 5_000_000), ("1GiB", 1 << 30), ("8KiB", 8_192), ("12b", 12)])
    func sizesAreRead(text: String, expected: Int) {
        #expect(SettingParsing.size(text) == expected)
    }

    @Test(arguments: ["", "-1", "MB", "1.5MB", "9999999999999GB", "1 MB", "0x10"])
    func malformedSizesAreRefused(text: String) {
        #expect(SettingParsing.size(text) == nil)
    }

    @Test func listsAreSplitAndTrimmed() {
        let settings = ServiceSettings(environment: ["NATS_URL": " nats://a:1 , nats://b:2,"])
        #expect(BusSettings(settings).urls == ["nats://a:1", "nats://b:2"])
    }

    @Test func aVariableWithoutDefaultIsAProblem() {
        #expect(problems([:]) { _ = $0.string("ARGUS_NOWHERE") } == ["ARGUS_NOWHERE is not set and has no default."])
    }

    @Test func unknownVariablesAreFoundAndThoseOfSiblingsAreNot() {
        let settings = ServiceSettings(
            environment: ["ARGUS_LINGERR": "1", "ARGUS_LEASE": "3s", "ARGUS_MINE": "x", "PATH": "/bin"], defaults: ["ARGUS_MINE": ""])
        #expect(settings.unknownVariables == ["ARGUS_LINGERR"])
    }

    @Test func productionNeedsItsSecrets() {
        let found = problems(["APP_ENV": "production"]) {
            _ = AuthSettings($0)
            _ = BusSettings($0)
        }
        #expect(found.count == 2)
        #expect(found.contains { $0.contains("ARGUS_TOKENS") })
        #expect(found.contains { $0.contains("NATS_USER") })
        let hash = String(repeating: "ab", count: 32)
        let complete = ["APP_ENV": "production", "ARGUS_TOKENS": "ci:ingest:\(hash)", "NATS_CREDS": "/run/creds"]
        let none = problems(complete) {
            _ = AuthSettings($0)
            _ = BusSettings($0)
        }
        #expect(none.isEmpty)
    }

    @Test func anUnknownEnvironmentIsRefused() {
        #expect(problems(["APP_ENV": "staging"]) { _ = ServiceEnvironment($0) }.count == 1)
    }

    @Test func secretsDoNotLeak() {
        let secret = "hunter2-very-secret"
        let environment = [
            "ARGUS_TOKENS": secret, "NATS_PASSWORD": secret, "DB_DSN": "postgres://u:\(secret)@h/d", "APP_ENV": "production",
        ]
        let settings = ServiceSettings(environment: environment)
        let bus = BusSettings(settings)
        let storage = StorageSettings(settings)
        _ = AuthSettings(settings)
        #expect(bus.password?.value == secret)
        var texts = ["\(bus)", "\(storage)", String(reflecting: bus), String(reflecting: storage)]
        var dumped = ""
        dump(bus, to: &dumped)
        dump(storage, to: &dumped)
        texts.append(dumped)
        #expect(throws: ConfigurationError.self) { try settings.validate() }
        do { try settings.validate() } catch { texts.append("\(error)") }
        for text in texts { #expect(!text.contains(secret), "\(text)") }
    }
}
