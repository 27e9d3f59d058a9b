// The bridges as a part of the gateway.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle

/// Turns events of processes and workflows into alert events, as the bridges of `argus_config` say. Without a bridge it does nothing.
struct BridgeService: Service, CustomStringConvertible {
    private let lanes: [BridgeLane]

    init(bus: Bus, configuration: ConfigurationStore, partitions: Int, metrics: MetricsRegistry, observer: IngestMetrics, logger: Logger) {
        let bridgeMetrics = BridgeMetrics(registry: metrics)
        let publisher = BridgePublisher(
            configuration: configuration, messages: BusPublisher(bus: bus, partitions: partitions), bus: bus, metrics: bridgeMetrics,
            observer: observer, logger: logger)
        let handlers: [any BridgeHandler] = [
            EventBridge(source: .process, configuration: configuration, publisher: publisher),
            EventBridge(source: .workflow, configuration: configuration, publisher: publisher),
            RunningBridge(configuration: configuration, publisher: publisher, bus: bus),
        ]
        lanes = handlers.map {
            BridgeLane(handler: $0, configuration: configuration, bus: bus, metrics: bridgeMetrics, logger: logger)
        }
    }

    /// What logs call it.
    var description: String { "bridges" }

    /// Works until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for lane in lanes { group.addTask { await lane.run() } }
            }
        }
    }
}
