// Typed reads of a service's environment variables that remember every problem instead of hiding it.

import Configuration
import Foundation
import Synchronization

/// Reads a service's configuration from environment variables, with the defaults in the last provider.
///
/// Reads never throw: a malformed value is remembered and the default is returned, so that one `validate()` after all
/// reads throws every problem of a start together. An empty variable counts as not set. Safe to use from any thread.
public final class ServiceSettings: Sendable {
    private let reader: ConfigReader
    private let defaults: [String: String]
    private let environment: [String: String]
    private let problems = Mutex<[String]>([])

    /// Creates settings over given variables.
    ///
    /// - Parameters:
    ///   - environment: The variables, usually those of the process; a dictionary of the test's own in tests.
    ///   - defaults: The default text of each variable that this service reads beyond the common ones, or instead of theirs.
    public init(environment: [String: String], defaults: [String: String] = [:]) {
        self.environment = environment.filter { !$0.value.isEmpty }
        self.defaults = SettingName.commonDefaults.merging(defaults) { _, own in own }
        let defaultValues = self.defaults.map { name, text in
            (AbsoluteConfigKey([name]), ConfigValue(.string(text), isSecret: false))
        }
        self.reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: self.environment),
            InMemoryProvider(name: "defaults", values: Dictionary(uniqueKeysWithValues: defaultValues)),
        ])
    }

    /// Settings over the variables of this process.
    public static func ofProcess(defaults: [String: String] = [:]) -> ServiceSettings {
        ServiceSettings(environment: ProcessInfo.processInfo.environment, defaults: defaults)
    }

    /// Throws everything that was wrong with the reads so far.
    public func validate() throws(ConfigurationError) {
        let found = problems.withLock { $0 }
        if !found.isEmpty { throw ConfigurationError(problems: found) }
    }

    /// Remembers a problem: a relation between variables that does not hold, or a value only the reader can judge.
    ///
    /// - Parameters:
    ///   - name: The variable the sentence starts with.
    ///   - reason: The rest of the sentence, without the final stop. It must not quote a secret.
    public func fail(_ name: String, _ reason: String) {
        problems.withLock { problems in
            let sentence = "\(name) \(reason)."
            if !problems.contains(sentence) { problems.append(sentence) }
        }
    }

    /// Every variable that this service reads and its default, sorted by name.
    var documentedVariables: [(name: String, standard: String)] {
        defaults.map { (name: $0.key, standard: $0.value) }.sorted { $0.name < $1.name }
    }

    /// Variables named `ARGUS_*` that neither this service nor any other of the suite reads, sorted.
    public var unknownVariables: [String] {
        environment.keys.filter { $0.hasPrefix("ARGUS_") && defaults[$0] == nil && !SettingName.suiteWide.contains($0) }.sorted()
    }

    /// The text of a variable.
    public func string(_ name: String) -> String {
        text(name, isSecret: false)
    }

    /// The text of a variable, or nil where it is empty.
    public func optionalString(_ name: String) -> String? {
        let text = text(name, isSecret: false)
        return text.isEmpty ? nil : text
    }

    /// A secret, or nil where it is empty.
    public func secret(_ name: String) -> Secret? {
        let text = text(name, isSecret: true)
        return text.isEmpty ? nil : Secret(text)
    }

    /// A whole number within a range.
    public func int(_ name: String, in range: ClosedRange<Int>) -> Int {
        parse(name, as: "a whole number from \(range.lowerBound) to \(range.upperBound)", fallback: range.lowerBound) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A duration such as `1ms`, `5s`, `5m` or `1h` within a range.
    public func duration(_ name: String, in range: ClosedRange<Duration>) -> Duration {
        let low = SettingParsing.describe(range.lowerBound)
        let high = SettingParsing.describe(range.upperBound)
        return parse(name, as: "a duration from \(low) to \(high) such as 1ms, 5s, 5m or 1h", fallback: range.lowerBound) { text in
            SettingParsing.duration(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A truth value: true, yes, on, 1, false, no, off or 0.
    public func bool(_ name: String) -> Bool {
        parse(name, as: "true or false", fallback: false, SettingParsing.bool)
    }

    /// A number of bytes such as `512`, `64KB`, `5MB` or `1GiB` within a range.
    public func bytes(_ name: String, in range: ClosedRange<Int>) -> Int {
        let low = SettingParsing.describe(bytes: range.lowerBound)
        let high = SettingParsing.describe(bytes: range.upperBound)
        return parse(name, as: "a size from \(low) to \(high) such as 512, 64KB or 5MB", fallback: range.lowerBound) { text in
            SettingParsing.size(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// The comma-separated parts of a variable, trimmed, without empty ones.
    public func list(_ name: String) -> [String] {
        text(name, isSecret: false).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// One of the cases of an enumeration.
    public func choice<Choice>(_ name: String, _ type: Choice.Type) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        let allowed = Choice.allCases.map(\.rawValue)
        let text = text(name, isSecret: false)
        if let choice = Choice(rawValue: text.lowercased()) { return choice }
        fail(name, "is \"\(text)\", but must be \(Self.alternatives(allowed))")
        return Choice.allCases.first
    }

    private func parse<Value>(_ name: String, as allowed: String, fallback: Value, _ convert: (String) -> Value?) -> Value {
        let text = text(name, isSecret: false)
        if let value = convert(text) { return value }
        fail(name, "is \"\(text)\", but must be \(allowed)")
        return defaults[name].flatMap(convert) ?? fallback
    }

    private func text(_ name: String, isSecret: Bool) -> String {
        if let text = try? reader.requiredString(forKey: ConfigKey([name]), isSecret: isSecret) {
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        fail(name, "is not set and has no default")
        return ""
    }

    private static func alternatives(_ names: [String]) -> String {
        guard names.count > 1, let last = names.last else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}
