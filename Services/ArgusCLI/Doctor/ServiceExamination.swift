// Asks services by HTTP how they are: those whose place was named, and all where the bus does not tell.

import ArgusShared
import ProcessCompose

/// An examination of the services by HTTP.
struct ServiceExamination: Sendable {
    /// One service and where it is asked.
    struct Place: Sendable, Hashable {
        let name: String
        let url: String
        /// How bad it is if nothing answers there.
        let absence: Finding.Status
    }

    /// Where somebody said that a service is.
    private var named: [Place] = []
    /// Where services are if nobody says otherwise.
    private var usual: [Place] = []
    /// Services that nobody wants to hear of.
    private(set) var skipped: Set<String> = []

    private static let timeout = Duration.seconds(5)
    private static let edgeName = "edge"

    /// - Parameters:
    ///   - isEdgeNamed: whether the edge's address is more than what is usual.
    ///   - places: `name=url`; an empty address leaves a service out.
    init(edge: EdgeClient, isEdgeNamed: Bool, places: [String]) throws {
        var urls: [(name: String, url: String)] = []
        for text in places {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw CommandLineError(.usage, "--service is \"\(text)\", but must be name=url, or name= to leave one out")
            }
            let name = String(text[..<equals])
            let url = String(text[text.index(after: equals)...])
            urls.removeAll { $0.name == name }
            if url.isEmpty {
                skipped.insert(name)
            } else {
                urls.append((name, try ServiceAddresses.check(url, of: "--service \(name)")))
            }
        }
        let addresses = edge.addresses
        let own = [("ingest-gateway", addresses.gateway), ("alert-api", addresses.api), ("otlp-collector", addresses.collector)]
        for (name, url) in own where url != addresses.edge && !urls.contains(where: { $0.name == name }) { urls.append((name, url)) }
        if isEdgeNamed, !urls.contains(where: { $0.name == Self.edgeName }) { urls.insert((Self.edgeName, addresses.edge), at: 0) }
        named = urls.filter { !skipped.contains($0.name) }.map { Place(name: $0.name, url: $0.url, absence: .problem) }
        usual = [Place(name: Self.edgeName, url: addresses.edge, absence: .warning)]
        usual += KnownService.all.compactMap { service in
            switch service.role {
            case .essential: Place(name: service.name, url: service.url, absence: .problem)
            case .optional: Place(name: service.name, url: service.url, absence: .warning)
            case .demonstration: nil
            }
        }
    }

    /// Who is asked. The edge has nothing to do with the bus, so it is always asked.
    ///
    /// - Parameter knowsFleet: whether the bus tells how the services are.
    func places(knowsFleet: Bool) -> [Place] {
        let names = skipped.union(named.map(\.name))
        return usual.filter { !names.contains($0.name) && (!knowsFleet || $0.name == Self.edgeName) } + named
    }

    /// What each says of itself, in order.
    func findings(knowsFleet: Bool) async -> [Finding] {
        await withTaskGroup(of: (Int, Finding).self) { group in
            for (index, place) in places(knowsFleet: knowsFleet).enumerated() {
                group.addTask { (index, await Self.examine(place)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func examine(_ place: Place) async -> Finding {
        let path = place.name == edgeName ? "/edge/healthz" : "/readyz"
        do {
            let answer = try await EdgeClient.get(place.url + path, timeout: timeout)
            return judge(place, status: answer.status, body: answer.body)
        } catch {
            return absent(place, SilenceReason(error).description)
        }
    }

    /// What it means that nothing answers.
    static func absent(_ place: Place, _ reason: String) -> Finding {
        let advice =
            place.name == edgeName
            ? "start it (deploy/run), or say where it is (--url, ARGUS_URL): alerts, rules, managers, send and dlq go through it"
            : "start it (deploy/run), or say where it is: --service \(place.name)=http://host:port"
        let message = "does not answer at \(place.url) (\(reason))"
        return Finding(subject: "service \(place.name)", status: place.absence, message: message, advice: advice)
    }

    /// What the answer to `/readyz` says.
    static func judge(_ place: Place, status: Int, body: [UInt8]) -> Finding {
        let subject = "service \(place.name)"
        if status == 200 { return .ok(subject, place.name == edgeName ? "answers at \(place.url)" : "ready at \(place.url)") }
        var failing: [String] = []
        if case .object(let checks)? = (try? JSONValue(parsing: body))?["checks"] {
            failing = checks.filter { $0.value["status"]?.stringValue == "failing" }.map { check in
                check.value["message"]?.stringValue.map { "\(check.name): \($0)" } ?? check.name
            }
        }
        guard !failing.isEmpty else {
            return Finding(
                subject: subject, status: place.absence, message: "\(place.url) answers \(status)",
                advice: "is this the right address? if so, see the service's log")
        }
        return .problem(
            subject, "not ready: \(failing.joined(separator: "; "))", advice: "put right what it names; the service takes up work by itself"
        )
    }
}
