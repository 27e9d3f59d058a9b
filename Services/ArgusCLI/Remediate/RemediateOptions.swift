// What `argus remediate` can be told, by flags or by variables.

import ArgumentParser
import ArgusShared
import Glibc

/// The options of `argus remediate`.
struct RemediateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The policies (ARGUS_REMEDIATE_POLICY); without a file, what crashes is restarted up to 3 times.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "The event manager that is told of giving up, unless the file names one (ARGUS_REMEDIATE_MANAGER).", valueName: "id"))
    var manager: String?

    @Option(help: ArgumentHelp("Instances of one name act once; overrides the file's (ARGUS_REMEDIATE_NAME).", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "How long an instance that is silent keeps the others from acting (ARGUS_REMEDIATE_LEASE; 10s).", valueName: "span"))
    var lease: TimeSpan?

    @Flag(help: "Decide and tell, but do nothing (ARGUS_REMEDIATE_DRY_RUN=true).")
    var dryRun = false

    @Flag(help: "Only say whether the policy file is right.")
    var check = false

    private static let leases: ClosedRange<Int64> = 1000...600_000

    /// What an instance is told beside its policies.
    struct Settings: Sendable {
        var lease: Duration
        var isDryRun: Bool
        /// Differs from every other instance's.
        var instance: String
    }

    /// The policies, with what the command line says of them.
    func policies(_ surroundings: Surroundings = .current) throws -> RemediationPolicySet {
        var set = try (policy ?? surroundings["ARGUS_REMEDIATE_POLICY"]).map(PolicyFile.load) ?? .standard
        set.manager = set.manager ?? manager ?? surroundings["ARGUS_REMEDIATE_MANAGER"]
        if let name = name ?? surroundings["ARGUS_REMEDIATE_NAME"] {
            guard RemediationName.isValid(name) else {
                throw CommandLineError(.usage, "--name must be 1 to 64 letters, digits, - or _, but is \"\(name)\"")
            }
            set.name = name
        }
        return set
    }

    /// The other settings.
    func settings(_ surroundings: Surroundings = .current) throws -> Settings {
        var span = lease
        if span == nil, let text = surroundings["ARGUS_REMEDIATE_LEASE"] {
            guard let value = TimeSpan(argument: text) else {
                throw CommandLineError(.usage, "ARGUS_REMEDIATE_LEASE must be a span such as 10s, but is \"\(text)\"")
            }
            span = value
        }
        let milliseconds = span?.milliseconds ?? 10_000
        guard Self.leases.contains(milliseconds) else {
            throw CommandLineError(.usage, "--lease must be from 1s to 10m, but is \(TimeSpan.text(milliseconds: milliseconds))")
        }
        return Settings(
            lease: .milliseconds(milliseconds), isDryRun: try dryRun || isTrue("ARGUS_REMEDIATE_DRY_RUN", surroundings),
            instance: Self.instance())
    }

    private func isTrue(_ name: String, _ surroundings: Surroundings) throws -> Bool {
        guard let text = surroundings[name] else { return false }
        guard let value = Bool(text) else { throw CommandLineError(.usage, "\(name) must be true or false, but is \"\(text)\"") }
        return value
    }

    /// The host's name and something that no other process has.
    private static func instance() -> String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(host)-\(getpid())-\(Identifier.make().suffix(6))"
    }
}
