// The answers as they follow from plain values, computed the obvious way.

import ArgusOTLP

@testable import OTLPCollector

/// A trace as it follows from its spans.
struct NaiveTrace: Sendable {
    var id: TraceID
    var spans: [QueryWorld.Span]

    var start: Int64 { spans.map(\.start).min() ?? 0 }
    var end: Int64 { spans.map(\.end).max() ?? 0 }
    var duration: Int64 { end - start }
    var errors: Int { spans.filter(\.isError).count }
    var services: [String] { Set(spans.map(\.service)).sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) } }
    var root: QueryWorld.Span? { spans.filter { $0.parent == nil }.min { $0.start < $1.start } }
}

extension QueryWorld {
    var traces: [NaiveTrace] {
        Dictionary(grouping: spans, by: \.traceID).map { NaiveTrace(id: $0.key, spans: $0.value) }
    }

    /// Lower-case words of texts.
    static func words(_ texts: [String]) -> Set<String> {
        Set(texts.flatMap { $0.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init) })
    }

    static func texts(_ value: AnyValue) -> [String] {
        switch value {
        case .empty: []
        case .string(let text): [text]
        case .bool(let flag): [String(flag)]
        case .int(let number): [String(number)]
        case .double(let number): [String(number)]
        case .bytes: []
        case .array(let elements): elements.flatMap(texts)
        case .keyValues(let members): members.flatMap { [$0.key] + texts($0.value) }
        }
    }

    /// Whether every word of a question is among words; `*` at its end asks for a beginning.
    static func holds(_ words: Set<String>, _ question: String) -> Bool {
        question.split(separator: " ").allSatisfy { asked in
            let parts = asked.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
            return parts.enumerated().allSatisfy { index, part in
                asked.hasSuffix("*") && index == parts.count - 1 ? words.contains { $0.hasPrefix(part) } : words.contains(part)
            }
        }
    }
}

extension QueryWorld.Span {
    var words: Set<String> {
        let attributes = allAttributes.flatMap { [$0.key] + QueryWorld.texts($0.value) }
        return QueryWorld.words([operation, service, message, event ?? ""] + attributes)
    }

    func has(_ key: String, _ value: String) -> Bool {
        allAttributes.contains { $0.key == key && QueryWorld.texts($0.value).contains(value) }
    }
}

extension QueryWorld.Log {
    var words: Set<String> {
        let attributes = (attributes + QueryWorld.resource(service)).flatMap { [$0.key] + QueryWorld.texts($0.value) }
        return QueryWorld.words([body, service, "level-\(severity)"] + attributes)
    }
}
