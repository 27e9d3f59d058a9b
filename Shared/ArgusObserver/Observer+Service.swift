// An observer as a part of a service group.

public import ServiceLifecycle

extension Observer: Service {
    /// Waits for shutdown, then closes. Put it after the bus and before those that emit.
    public func run() async throws {
        try? await gracefulShutdown()
        await close()
    }
}
