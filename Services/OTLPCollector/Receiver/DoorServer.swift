// Listens for one of the OTLP protocols.

import ArgusService
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle
import Synchronization

/// A door's listener, to be run as a service.
final class DoorServer: Service, CustomStringConvertible {
    /// Where to listen, and what a person would change to have it elsewhere.
    struct Address: Sendable {
        var host: String
        /// 0 takes a free one.
        var port: Int
        var hostVariable: String
        var portVariable: String
    }

    /// What logs call it.
    let description: String

    private let address: Address
    private let maximumConnections: Int
    private let configure: @Sendable (any Channel) throws -> Void
    private let logger: Logger
    private let bound = BoundPort()
    private let open = Atomic<Int>(0)

    /// - Parameter configure: Sets up a connection, on its event loop.
    init(
        name: String, address: Address, maximumConnections: Int, logger: Logger,
        configure: @escaping @Sendable (any Channel) throws -> Void
    ) {
        description = name
        self.address = address
        self.maximumConnections = maximumConnections
        self.logger = logger
        self.configure = configure
    }

    /// Open connections.
    var connections: Int { open.load(ordering: .relaxed) }

    /// The port; waits until the door listens.
    ///
    /// - Throws: What kept it from listening.
    func port() async throws -> Int {
        try await bound.wait()
    }

    /// Serves until shutdown. Requests in progress are finished first.
    ///
    /// - Throws: `StartError` where the address cannot be bound.
    func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let quiescing = ServerQuiescingHelper(group: group)
        let listener: any Channel
        do {
            listener = try await listen(group, quiescing)
        } catch {
            let reason = StartError(
                binding: address.host, address.port, error: error, hostVariable: address.hostVariable, portVariable: address.portVariable)
            bound.fail(reason)
            throw reason
        }
        let port = listener.localAddress?.port ?? address.port
        logger.info("listening", metadata: [LogKey.address: "\(description) \(address.host):\(port)"])
        bound.succeed(port)
        let ended = group.any().makePromise(of: Void.self)
        // Cancellation is shutdown that has taken too long: what is still open is cut off with the process.
        try? await gracefulShutdown()
        quiescing.initiateShutdown(promise: ended)
        try await withTaskCancellationHandler {
            try await ended.futureResult.get()
        } onCancel: {
            ended.succeed()
        }
    }

    private func listen(_ group: MultiThreadedEventLoopGroup, _ quiescing: ServerQuiescingHelper) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            .bind(host: address.host, port: address.port).get()
    }

    private func accept(_ channel: any Channel) throws {
        guard open.add(1, ordering: .relaxed).newValue <= maximumConnections else {
            open.subtract(1, ordering: .relaxed)
            throw TooManyConnections()
        }
        channel.closeFuture.whenComplete { _ in self.open.subtract(1, ordering: .relaxed) }
        try configure(channel)
    }
}

/// A connection is closed because the door has as many as it may.
private struct TooManyConnections: Error {}
