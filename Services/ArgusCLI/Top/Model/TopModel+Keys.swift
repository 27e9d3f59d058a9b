// What keys do.

import ArgusShared

extension TopModel {
    /// Takes a key.
    mutating func press(_ key: Key, at now: Timestamp) -> [TopEffect] {
        switch key {
        case .control("c"): return [.end]
        case .control("z"): return [.suspend]
        case .control("l"): return [.redraw]
        default: break
        }
        switch mode {
        case .question(let action): return answer(key, action, now)
        case .filter: edit(key)
        case .help: mode = .lists
        case .lists: return command(key, now)
        }
        return []
    }

    private mutating func answer(_ key: Key, _ action: TopAction, _ now: Timestamp) -> [TopEffect] {
        switch key {
        case .character("y"), .character("Y"):
            mode = .lists
            return perform(action, now)
        case .character("n"), .character("N"), .character("q"), .escape: mode = .lists
        default: break
        }
        return []
    }

    private mutating func edit(_ key: Key) {
        switch key {
        case .enter: mode = .lists
        case .escape:
            filter.text = ""
            mode = .lists
        case .backspace: if !filter.text.isEmpty { filter.text.removeLast() }
        case .control("u"): filter.text = ""
        case .character(let character): filter.append(String(character))
        case .paste(let text): filter.append(text)
        case .up, .down: move(by: key == .up ? -1 : 1)
        default: break
        }
    }

    private mutating func command(_ key: Key, _ now: Timestamp) -> [TopEffect] {
        if move(key) { return [] }
        switch key {
        case .character("q"):
            if details == nil { return [.end] }
            details = nil
        case .escape: if details != nil { details = nil } else { filter.text = "" }
        case .left, .backspace: details = nil
        case .tab: if details == nil { focus(1) }
        case .backTab: if details == nil { focus(-1) }
        case .enter, .right: return open(now)
        case .character("?"), .character("h"): mode = .help
        case .character("/"):
            details = nil
            mode = .filter
        case .character("o"): order = order.next
        case .character(" "): fold()
        case .character("r"): return propose(chosenProcess.map { .restart($0) }, now)
        case .character("s"): return propose(chosenProcess.map { .stop($0) }, now)
        case .character("a"): return propose(chosenAlert.map { .acknowledge($0) }, now)
        case .character("x"): return propose(chosenAlert.map { .resolve($0) }, now)
        case .character("1"), .character("2"), .character("3"):
            if details == nil { focus = key == .character("1") ? .processes : key == .character("2") ? .alerts : .events }
        default: break
        }
        return []
    }

    private mutating func move(_ key: Key) -> Bool {
        let page = max(1, TopLayout(self).rows(of: focus, details: details != nil) - 1)
        switch key {
        case .up, .character("k"): move(by: -1)
        case .down, .character("j"): move(by: 1)
        case .pageUp, .control("b"): move(by: -page)
        case .pageDown, .control("f"): move(by: page)
        case .home, .character("g"): move(by: -Self.far)
        case .end, .character("G"): move(by: Self.far)
        default: return false
        }
        return true
    }

    /// More than any list has.
    private static var far: Int { 1 << 30 }

    private mutating func move(by distance: Int) {
        guard details == nil else {
            details?.move(by: distance)
            return
        }
        switch focus {
        case .processes: processCursor.move(by: distance, in: processList.map(\.id))
        case .alerts: alertCursor.move(by: distance, in: alertList.map(\.alert.id))
        case .events: eventCursor.move(by: distance, in: eventList.map(\.number))
        }
    }

    private mutating func focus(_ step: Int) {
        let count = Pane.allCases.count
        focus = Pane.allCases[(focus.rawValue + step + count) % count]
    }

    private mutating func open(_ now: Timestamp) -> [TopEffect] {
        guard details == nil, let subject = chosenSubject else { return [] }
        details = TopDetails(subject, at: now)
        return [.load(subject)]
    }

    private var chosenSubject: TopSubject? {
        switch focus {
        case .processes: chosenProcess.map { .process($0) }
        case .alerts: chosenAlert.map { .alert($0) }
        case .events: eventList.first { $0.number == eventCursor.id }.map { .process(TopProcess.ID($0.event.state)) }
        }
    }

    private mutating func fold() {
        guard details == nil, focus == .alerts, let alert = chosenAlert else { return }
        let parent = alert.parentID.flatMap { alerts[$0]?.id } ?? alert.id
        if folded.remove(parent) == nil {
            folded = folded.filter { alerts[$0] != nil }
            folded.insert(parent)
            alertCursor.move(to: parent)
        }
    }

    private mutating func propose(_ action: TopAction?, _ now: Timestamp) -> [TopEffect] {
        guard let action else { return [] }
        guard action.question == nil else {
            mode = .question(action)
            return []
        }
        return perform(action, now)
    }

    private mutating func perform(_ action: TopAction, _ now: Timestamp) -> [TopEffect] {
        notice = Notice(text: action.progress + " ...", isFailure: false, until: now.adding(milliseconds: 60_000))
        return [.perform(action)]
    }
}
