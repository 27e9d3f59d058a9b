// Which methods a path takes, for requests that come with another one.

import HTTPTypes
import Hummingbird
import NIOCore

/// Tells a path that takes other methods (405; RFC 9110, 15.5.6) from one that there is not (404).
struct AllowedMethods: Sendable {
    /// Has every path once, with the value of `Allow` as its answer, so that the framework's own rules find the path that a request means.
    private let paths: RouterResponder<ServiceContext>

    /// The methods of a router's paths. Its responder has been built, which adds `HEAD` wherever there is `GET`.
    ///
    /// A catch-all (`**`) does not count: it is there for what is no path of the router's, and judges that itself.
    init(of router: Router<ServiceContext>) {
        let paths = Router(context: ServiceContext.self)
        let routes = router.routes.filter { !$0.path.contains(.recursiveWildcard) }
        for (path, routes) in Dictionary(grouping: routes, by: \.path.description) {
            let methods = routes.map(\.method.rawValue).sorted().joined(separator: ", ")
            paths.get(RouterPath(path)) { _, _ in Response(status: .methodNotAllowed, headers: [.allow: methods]) }
        }
        self.paths = paths.buildResponder()
    }

    /// 405 for a request whose path takes other methods; nil where there is no such path. The context has the path's route afterwards.
    func refusal(of request: Request, _ context: ServiceContext) async -> APIError? {
        var head = request.head
        head.method = .get
        let question = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        guard let methods = try? await paths.respond(to: question, context: context).headers[.allow] else { return nil }
        return APIError(
            .methodNotAllowed, code: "method_not_allowed",
            message: "\(request.method.rawValue) is not allowed for \(request.uri.path), only \(methods).", headers: [.allow: methods])
    }
}
