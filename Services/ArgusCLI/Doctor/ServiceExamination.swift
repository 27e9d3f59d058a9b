// Asks the services how they are.

import ArgusShared

/// An examination of the services.
struct ServiceExamination: Sendable {
    /// One service and where it is asked.
    struct Place: Sendable, Hashable {
        let name: String
        let url: String
        /// Without it, alerts do not work.
        let isEssential: Bool
    }

    let places: [Place]

    private static let timeout = Duration.seconds(5)
    private static let usual = [
        Place(name: "ingest-gateway", url: "http://127.0.0.1:8081", isEssential: true),
        Place(name: "grouping-processor", url: "http://127.0.0.1:8084", isEssential: true),
        Place(name: "alert-api", url: "http://127.0.0.1:8082", isEssential: true),
        Place(name: "otlp-collector", url: "http://127.0.0.1:8083", isEssential: false),
        Place(name: "process-adapter", url: "http://127.0.0.1:8085", isEssential: false),
    ]
    private static let edgeName = "edge"

    /// - Parameter places: `name=url`, which replace the usual ones; an empty address leaves a service out.
    init(edge: EdgeClient, places: [String]) throws {
        let own: [String: String?] = [
            "ingest-gateway": edge.addresses.gateway, "alert-api": edge.addresses.api, "otlp-collector": edge.addresses.collector,
        ]
        var all = Self.usual.map { place in
            guard let address = own[place.name] ?? nil, address != edge.addresses.edge else { return place }
            return Place(name: place.name, url: address, isEssential: place.isEssential)
        }
        all.insert(Place(name: Self.edgeName, url: edge.addresses.edge, isEssential: true), at: 0)
        for text in places {
            guard let equals = text.firstIndex(of: "=") else {
                throw CommandLineError(.usage, "--service is \"\(text)\", but must be name=url")
            }
            let name = String(text[..<equals])
            let url = String(text[text.index(after: equals)...])
            let index = all.firstIndex { $0.name == name }
            guard !url.isEmpty else {
                if let index { all.remove(at: index) }
                continue
            }
            let place = Place(
                name: name, url: try ServiceAddresses.check(url, of: "--service \(name)"),
                isEssential: index.map { all[$0].isEssential } ?? true)
            if let index { all[index] = place } else { all.append(place) }
        }
        self.places = all
    }

    /// What each says of itself, in order.
    func findings() async -> [Finding] {
        await withTaskGroup(of: (Int, Finding).self) { group in
            for (index, place) in places.enumerated() {
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
            let subject = "service \(place.name)"
            let message = "does not answer at \(place.url) (\(EdgeClient.reason(error)))"
            let advice = "start it (deploy/run), or say where it is: --service \(place.name)=http://host:port"
            return place.isEssential ? .problem(subject, message, advice: advice) : .warning(subject, message, advice: advice)
        }
    }

    /// What the answer to `/readyz` says.
    static func judge(_ place: Place, status: Int, body: [UInt8]) -> Finding {
        let subject = "service \(place.name)"
        if status == 200 { return .ok(subject, "ready at \(place.url)") }
        var failing: [String] = []
        if case .object(let checks)? = (try? JSONValue(parsing: body))?["checks"] {
            failing = checks.filter { $0.value["status"]?.stringValue == "failing" }.map { check in
                check.value["message"]?.stringValue.map { "\(check.name): \($0)" } ?? check.name
            }
        }
        guard !failing.isEmpty else {
            return .problem(
                subject, "\(place.url) answers \(status)", advice: "is this the right address? if so, see the service's log")
        }
        return .problem(
            subject, "not ready: \(failing.joined(separator: "; "))", advice: "put right what it names; the service takes up work by itself"
        )
    }
}
