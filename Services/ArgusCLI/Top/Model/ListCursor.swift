// Where in a list one is, and which part of it is in sight.

/// A place in a list whose elements come and go: it stays with its element, and at the top as long as nobody moved.
struct ListCursor<ID: Sendable & Hashable>: Sendable {
    private(set) var index = 0
    /// The first element in sight.
    private(set) var top = 0
    private(set) var id: ID?
    private var hasMoved = false

    /// Moves by so many elements, down if positive.
    mutating func move(by distance: Int, in ids: [ID]) {
        guard !ids.isEmpty else { return }
        index = min(max(0, index + distance), ids.count - 1)
        id = ids[index]
        hasMoved = index > 0
    }

    /// Goes to an element, which the list may show only later.
    mutating func move(to id: ID) {
        self.id = id
        hasMoved = true
    }

    /// Makes place and sight fit a list of which `rows` elements are shown.
    mutating func settle(_ ids: [ID], rows: Int) {
        if !hasMoved {
            index = 0
        } else if let id, let place = ids.firstIndex(of: id) {
            index = place
        }
        index = min(index, max(0, ids.count - 1))
        id = ids.isEmpty ? nil : ids[index]
        let rows = max(1, rows)
        top = min(top, index, max(0, ids.count - rows))
        top = max(top, index - rows + 1)
    }
}
