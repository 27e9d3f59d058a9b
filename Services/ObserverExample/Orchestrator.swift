// Runs the workflow regularly.

import ArgusObserver
import ArgusShared
import Logging
import ServiceLifecycle

/// Starts a run, waits, and starts the next one.
struct Orchestrator: Service {
    let observer: Observer
    let export: OrdersExport
    /// nil goes on until shutdown.
    let runs: Int?
    let interval: Duration
    let logger: Logger

    /// Works until shutdown, or until it has done all runs.
    func run() async throws {
        announce()
        await cancelWhenGracefulShutdown {
            var done = 0
            while !Task.isCancelled {
                await runOnce()
                done += 1
                guard done != runs else { return }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// A single event, without a scope around something.
    private func announce() {
        let published = WorkflowPublished(action: "created", status: "active", name: "Export of orders", version: "1")
        do {
            try observer.emit(
                Event(.workflowPublished).withClient(OrdersExport.client).withWorkflow(OrdersExport.workflow).withData(published))
        } catch {
            logger.warning("the workflow is not announced: \(error)")
        }
    }

    private func runOnce() async {
        do {
            let orders = try await observer.withRun(
                client: OrdersExport.client, workflow: OrdersExport.workflow, trigger: .init(.schedule, source: "every \(interval)")
            ) { run in
                try await export.run(reporting: run)
            }
            logger.info("run succeeded", metadata: ["orders": "\(orders)"])
        } catch {
            logger.error("run failed: \(error)")
        }
    }
}
