// Runs and attempts as spans.

import ArgusOTLP

/// Makes spans of runs. The run is the root, in the service `workflow:{workflow}`; each attempt at a node is its child, in the service
/// `plugin:{type}` where the type is known and in the workflow's otherwise. Operations are `run` and the node's name.
enum RunSpans {
    /// Spans of one message.
    static let batch = 100

    private static let scope = OTLPScope(name: "argus.runs")
    private static let internalKind: Int32 = 1
    private static let ok: Int32 = 1
    private static let error: Int32 = 2

    /// The export requests that tell of what is due.
    ///
    /// - Parameter unfinished: attempts without an end, of runs that were given up.
    static func requests(of due: RunStore.Due, unfinished: [(step: StepRow, run: RunRow)] = []) -> [[UInt8]] {
        var spans: [(service: String, span: OTLPSpan)] = due.steps.map { span(of: $0.step, in: $0.run) }
        spans += unfinished.map { span(of: $0.step, in: $0.run) }
        spans += due.runs.compactMap(span(of:))
        return stride(from: 0, to: spans.count, by: batch).map { start in
            OTLPTraces.request(groups(spans[start..<min(start + batch, spans.count)]))
        }
    }

    private static func groups(_ spans: ArraySlice<(service: String, span: OTLPSpan)>) -> [OTLPGroup<OTLPSpan>] {
        Dictionary(grouping: spans, by: \.service).sorted { $0.key < $1.key }.map { service, spans in
            OTLPGroup(
                resource: OTLPResource(attributes: [Attribute("service.name", service)]),
                scopes: [.init(scope: scope, items: spans.map(\.span))])
        }
    }

    /// The root span. Where one was published before, with another end, a child of it that tells of the end that came after.
    static func span(of row: RunRow) -> (service: String, span: OTLPSpan)? {
        let facts = row.facts
        guard let finished = facts.finished, let finish = facts.finish else { return nil }
        let identity = facts.identity
        let isCorrection = !row.exported.isEmpty
        var began = facts.began
        if isCorrection, let restarted = facts.restarted { began = min(max(began, restarted.time), finished) }
        var span = OTLPSpan(
            traceID: identity.traceID, spanID: isCorrection ? identity.correctionSpanID(end: finish) : identity.rootSpanID,
            parentSpanID: isCorrection ? identity.rootSpanID : nil, name: isCorrection ? "run ended later" : "run",
            startTime: nanoseconds(began), endTime: nanoseconds(finished))
        span.kind = internalKind
        span.attributes = attributes(of: identity)
        span.attributes.append(Attribute("argus.run.status", facts.status.rawValue))
        span.attributes += [("argus.trigger.type", facts.trigger), ("argus.trigger.source", facts.triggerSource)].compactMap { key, value in
            value.map { Attribute(key, $0) }
        }
        span.attributes.append(Attribute("argus.run.nodes", .int(row.nodes)))
        switch facts.status {
        case .succeeded: span.statusCode = ok
        case .failed, .lost: span.statusCode = error
        case .cancelled, .running: break
        }
        span.statusMessage = facts.error ?? ""
        return ("workflow:\(identity.workflow)", span)
    }

    /// The span of an attempt; of one without an end, until the last that was heard of its run.
    static func span(of row: StepRow, in run: RunRow) -> (service: String, span: OTLPSpan) {
        let facts = row.facts
        let identity = run.facts.identity
        let finished = facts.finished ?? max(facts.began, run.facts.finished ?? facts.began)
        var span = OTLPSpan(
            traceID: identity.traceID, spanID: identity.spanID(node: facts.node, attempt: facts.attempt),
            parentSpanID: identity.rootSpanID, name: facts.node, startTime: nanoseconds(facts.began), endTime: nanoseconds(finished))
        span.kind = internalKind
        span.attributes = attributes(of: identity)
        span.attributes.append(Attribute("argus.node.id", facts.node))
        span.attributes.append(Attribute("argus.attempt", .int(facts.attempt)))
        if let type = facts.pluginType { span.attributes.append(Attribute("argus.plugin.type", type)) }
        span.attributes.append(Attribute("argus.step.status", facts.ended == nil ? "unfinished" : facts.status))
        switch facts.status {
        case "succeeded": span.statusCode = ok
        case "failed", "running": span.statusCode = error
        default: break
        }
        span.statusMessage = facts.end?.error ?? (facts.ended == nil ? "the end of the attempt was never reported" : "")
        return (facts.pluginType.map { "plugin:\($0)" } ?? "workflow:\(identity.workflow)", span)
    }

    private static func attributes(of identity: RunIdentity) -> [Attribute] {
        [
            Attribute("argus.client.id", identity.client), Attribute("argus.workflow.id", identity.workflow),
            Attribute("argus.run.id", identity.run),
        ]
    }

    private static func nanoseconds(_ milliseconds: Int64) -> UInt64 {
        UInt64(clamping: milliseconds.multipliedReportingOverflow(by: 1_000_000).partialValue)
    }
}
