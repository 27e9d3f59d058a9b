// The details of one process or alert.

import ArgusShared

/// What is shown in place of the lists.
struct TopDetails: Sendable, Hashable {
    /// The lines below the properties: a log, or a timeline.
    enum Content: Sendable, Hashable {
        case loading
        case lines([String], title: String)
        case failed(String)
    }

    /// How often they are asked for again, in milliseconds.
    static let interval: Int64 = 2000
    /// Lines of a log that are asked for.
    static let logLines = 500

    let subject: TopSubject
    var content = Content.loading
    /// Lines between the end of the content and the last one in sight.
    var scroll = 0
    var askedAt: Timestamp
    var isLoading = true

    init(_ subject: TopSubject, at now: Timestamp) {
        self.subject = subject
        askedAt = now
    }

    var lines: [String] {
        if case .lines(let lines, _) = content { lines } else { [] }
    }

    /// Takes what was loaded. Who reads further up keeps seeing the same lines where they only moved.
    mutating func take(_ content: Content) {
        isLoading = false
        if case .failed = content, case .lines = self.content { return }
        if scroll > 0, case .lines(let new, _) = content, let last = lines.last, let place = new.lastIndex(of: last) {
            scroll += new.count - 1 - place
        }
        self.content = content
    }

    mutating func move(by distance: Int) {
        scroll = min(max(0, scroll - distance), max(0, lines.count - 1))
    }
}
