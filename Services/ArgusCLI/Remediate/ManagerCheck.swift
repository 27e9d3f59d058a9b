// Whether the event managers exist that are to be told: who finds out only when somebody has to be told finds out too late.

import ArgusBus
import ArgusShared

/// Looks for event managers before anything is done.
struct ManagerCheck: Sendable {
    private enum Answer {
        case exists
        case missing
        case unknown(String)
    }

    private static let patience = Duration.seconds(5)

    let bus: Bus
    let edge: EdgeClient
    let report: RemediationReport

    /// Refuses managers that do not exist; where nobody can say, it warns.
    func check(_ ids: [String]) async throws {
        for id in ids {
            guard EventManager.isValidID(id) else {
                throw CommandLineError(.usage, "\"\(id)\" cannot be an event manager: 1 to 64 letters, digits, - or _")
            }
            switch try await look(for: id) {
            case .exists: break
            case .missing: throw CommandLineError(.notFound, "there is no event manager \"\(id)\" to be told; \(await others(than: id))")
            case .unknown(let why): try report.note("whether there is an event manager \"\(id)\" to be told cannot be found out: \(why)")
            }
        }
    }

    private func look(for id: String) async throws -> Answer {
        do throws(BusError) {
            return try await bus.keyValue(Buckets.configuration).get(ConfigurationKeys.manager(id)) == nil ? .missing : .exists
        } catch {
            switch error.code {
            case .cancelled: throw error
            case .notFound, .noResponders: return .unknown("this bus was never set up: alert-api does that when it starts")
            // The bus may keep configuration from whoever has only processes to look after.
            case .permissionDenied: return try await ask(about: id)
            default: return .unknown(error.message)
            }
        }
    }

    private func ask(about id: String) async throws -> Answer {
        do {
            _ = try await edge.call(.get, .api, "\(ManagerCommands.path)/\(EdgeClient.escape(id))", timeout: Self.patience)
            return .exists
        } catch let error as CommandLineError {
            return error.status == .notFound ? .missing : .unknown(error.message)
        }
    }

    /// What else could have been meant.
    private func others(than id: String) async -> String {
        let create = "create it: argus managers create NAME --id \(id)"
        guard let keys = try? await bus.keyValue(Buckets.configuration).keys(prefix: ConfigurationKeys.managerPrefix), !keys.isEmpty else {
            return create
        }
        let names = keys.map { String($0.dropFirst(ConfigurationKeys.managerPrefix.count)) }.sorted()
        return "there are \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", ..." : ""); or \(create)"
    }
}

extension RemediationPolicySet {
    /// The event managers that may be told.
    var managers: [String] {
        Set(policies.compactMap { $0.alert.manager ?? manager }).sorted()
    }
}
