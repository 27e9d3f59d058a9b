// What requests of uncommon methods are answered with.

import Hummingbird
import Testing

@testable import ArgusService

@Suite struct MethodTests {
    private static func addRoutes(_ router: Router<ServiceContext>, _ bootstrap: ServiceBootstrap) {
        router.get("/gone/:key") { _, _ -> Response in throw HTTPError(.notFound) }
    }

    /// A body that the client does not expect would be taken for the next answer.
    @Test(arguments: ["/nowhere", "/gone/x"])
    func aRefusedHEADHasNoBody(path: String) async throws {
        try await withServer(routes: Self.addRoutes) { port, _ in
            let (head, next) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("HEAD \(path) HTTP/1.1\r\nHost: t\r\n\r\nGET /healthz HTTP/1.1\r\nHost: t\r\n\r\n")
                return (connection.response(toHead: true), connection.response())
            }
            #expect(head?.status == 404)
            #expect(next?.status == 200 && next?.body == #"{"status":"ok"}"#)
        }
    }
}
