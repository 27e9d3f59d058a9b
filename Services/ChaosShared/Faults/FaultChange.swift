// What `POST /chaos` asks for.

import ArgusService
import ArgusShared

/// A body of `POST /chaos`: every member is optional, what is left out stays as it is.
struct FaultChange: Sendable, Equatable {
    private var numbers: [String: Double] = [:]
    /// How long the change lasts.
    private(set) var duration = FaultDoor.defaultDuration

    private static let rates = ["latency_rate", "error_rate"]
    private static let times = ["latency_min_ms", "latency_max_ms", "error_delay_min_ms", "error_delay_max_ms"]

    /// - Throws: `APIError` 400 that names the member that is wrong.
    init(parsing body: [UInt8]) throws {
        guard let value = try? JSONValue(parsing: body), case .object(let members) = value else {
            throw APIError.badRequest(code: "malformed_json", message: "The body must be a JSON object.")
        }
        for member in members { try take(member) }
    }

    private mutating func take(_ member: JSONValue.Member) throws {
        let longest = Double(FaultSettings.longestTime.components.seconds * 1000)
        switch member.name {
        case "duration_seconds":
            let limit = Double(FaultDoor.longestDuration.components.seconds)
            duration = .milliseconds(Int64(try Self.number(member, in: 0.001...limit) * 1000))
        case "seed": numbers[member.name] = try Self.number(member, in: 0...0x1p53).rounded(.down)
        case let name where Self.rates.contains(name): numbers[name] = try Self.number(member, in: 0...1)
        case let name where Self.times.contains(name): numbers[name] = try Self.number(member, in: 0...longest)
        default:
            throw APIError.badRequest(
                code: "unknown_field",
                message: "There is no member \"\(member.name)\"; there are \((Self.rates + Self.times).joined(separator: ", ")), seed and "
                    + "duration_seconds.", field: member.name)
        }
    }

    private static func number(_ member: JSONValue.Member, in range: ClosedRange<Double>) throws -> Double {
        let number: Double? =
            switch member.value {
            case .integer(let value): Double(value)
            case .number(let value): value
            default: nil
            }
        guard let number, range.contains(number) else {
            throw APIError.badRequest(
                code: "invalid_field", message: "\(member.name) must be a number from \(range.lowerBound) to \(range.upperBound).",
                field: member.name)
        }
        return number
    }

    /// The profile with the changes.
    ///
    /// - Throws: `APIError` 400 where a range would end before it begins.
    func applied(to profile: FaultProfile) throws -> FaultProfile {
        var profile = profile
        profile.latencyRate = numbers["latency_rate"] ?? profile.latencyRate
        profile.errorRate = numbers["error_rate"] ?? profile.errorRate
        profile.seed = numbers["seed"].map { UInt64($0) } ?? profile.seed
        profile.latency = try range("latency", profile.latency)
        profile.errorDelay = try range("error_delay", profile.errorDelay)
        return profile
    }

    private func range(_ name: String, _ old: ClosedRange<Duration>) throws -> ClosedRange<Duration> {
        let low = numbers["\(name)_min_ms"].map { Duration.microseconds(Int64($0 * 1000)) }
        let high = numbers["\(name)_max_ms"].map { Duration.microseconds(Int64($0 * 1000)) }
        let bounds = (low ?? old.lowerBound, high ?? old.upperBound)
        guard bounds.0 <= bounds.1 else {
            throw APIError.badRequest(
                code: "invalid_field", message: "\(name)_min_ms must not be more than \(name)_max_ms.", field: "\(name)_min_ms")
        }
        return bounds.0...bounds.1
    }
}
