// `GET /` and every address of the web console.

import ArgusService
import Hummingbird

/// Answers the console's files and, for its addresses, its page. No token is needed: the page asks for one where the API wants it.
struct ConsoleRoutes: Sendable {
    let files: ConsoleFiles

    /// First parts of paths that are never an address of the console.
    private static let foreign: Set<Substring> = [
        "api", "assets", "edge", "healthz", "jaeger", "metrics", "readyz", "v1", "v2", "ws",
    ]

    /// Adds them to a router, whose other routes come first.
    func add(to router: Router<ServiceContext>) {
        router.get("/") { [page = files.page] request, _ in page.answer(to: request.headers) }
        router.get("/assets/:name") { [assets = files.assets] request, context in
            guard let file = assets[try context.parameters.require("name")] else { throw HTTPError(.notFound) }
            return file.answer(to: request.headers)
        }
        router.get("**") { [page = files.page] request, _ in
            guard Self.isPage(request.uri.path) else { throw HTTPError(.notFound) }
            return page.answer(to: request.headers)
        }
    }

    /// Whether a path is an address within the console: it names neither a file nor a door. What a page shows may have a dot in its name.
    static func isPage(_ path: String) -> Bool {
        guard let first = path.split(separator: "/").first else { return true }
        return !foreign.contains(first) && !first.contains(".")
    }
}
