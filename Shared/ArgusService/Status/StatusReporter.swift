// Says on the bus how this instance is, for those who look after the whole suite.

import ArgusBus
import ArgusShared
import Foundation
import Logging
import ServiceLifecycle

/// Puts the status of this instance into a bucket every few seconds, and takes it out when the instance stops.
///
/// It never fails and nothing waits for it: while the bus is away the status is not told, which is how others see that it is away.
struct StatusReporter: Service, CustomStringConvertible {
    /// Time between two reports.
    static let interval: Duration = .seconds(5)

    let bootstrap: ServiceBootstrap
    let bus: Bus
    var bucket = Buckets.services
    var interval = StatusReporter.interval
    let instance = InstanceName.ofThisProcess
    private let startedAt = Timestamp.now()

    init(bootstrap: ServiceBootstrap, bus: Bus) {
        self.bootstrap = bootstrap
        self.bus = bus
    }

    /// What logs call it.
    var description: String { "status" }

    /// Reports until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var lastFailure: String?
            repeat {
                let failure = await report()
                if let failure, failure != lastFailure, bus.status == .connected {
                    bootstrap.logger.warning("the status of this instance cannot be put on the bus", metadata: [LogKey.error: "\(failure)"])
                }
                lastFailure = failure
            } while (try? await Task.sleep(for: interval)) != nil
        }
        await leave()
    }

    /// Puts the status; returns what kept it from being put.
    private func report() async -> String? {
        let status = await bootstrap.status(instance: instance, startedAt: startedAt)
        do throws(BusError) {
            try await put(status.json)
            return nil
        } catch {
            return error.code == .cancelled ? nil : error.description
        }
    }

    /// The bucket is in the server's memory: it is missing at first, and again when the server was restarted.
    private func put(_ value: [UInt8]) async throws(BusError) {
        let values = bus.keyValue(bucket)
        do throws(BusError) {
            try await values.put(key, value)
        } catch {
            guard error.code == .noResponders || error.code == .notFound else { throw error }
            try await bus.ensure(bucket)
            try await values.put(key, value)
        }
    }

    /// Who stops in good order is gone at once, unless the bus is: a stop does not wait for it.
    private func leave() async {
        guard bus.status == .connected else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await bus.keyValue(bucket).delete(key) }
            group.addTask { try? await Task.sleep(for: .seconds(1)) }
            await group.next()
            group.cancelAll()
        }
    }

    private var key: String { ServiceKeys.status(service: bootstrap.name, instance: instance) }
}

extension ServiceBootstrap {
    /// How the service is now.
    func status(instance: String, startedAt: Timestamp) async -> ServiceStatus {
        let outcomes = await health.run()
        var status = ServiceStatus(
            service: name, instance: instance, version: version, startedAt: startedAt, at: .now(),
            isReady: outcomes.allSatisfy { $0.failure == nil })
        for outcome in outcomes {
            status.checks[outcome.name] = .init(isOK: outcome.failure == nil, detail: outcome.failure ?? "")
        }
        (status.metrics, status.omittedMetrics) = metrics.statusValues()
        return status
    }
}

/// What tells the instances of a service apart.
enum InstanceName {
    /// The machine's name and the process's number: in containers, which all have number 1, the name differs.
    static let ofThisProcess: String = {
        var name = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&name, name.count - 1) == 0
        return make(
            host: isKnown ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "host",
            process: getpid())
    }()

    /// A name that can be part of a key.
    static func make(host: String, process: Int32) -> String {
        let allowed = host.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "-" }
        return "\(String(allowed))-\(process)"
    }
}

extension ServiceApplication {
    /// The same parts and one that reports their status on the bus: the last to start, so the first to stop. `runService` adds it.
    ///
    /// Without a part that keeps a bus there is nothing to report to.
    public func reportingStatus(of bootstrap: ServiceBootstrap) -> ServiceApplication {
        guard let bus = services.lazy.compactMap({ $0 as? BusLifetime }).first?.bus else { return self }
        return adding(StatusReporter(bootstrap: bootstrap, bus: bus))
    }

    func adding(_ reporter: StatusReporter) -> ServiceApplication {
        ServiceApplication(listeners: services + [reporter])
    }
}
