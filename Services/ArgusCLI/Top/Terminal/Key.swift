// What a person can press.

/// One key press, or what else the terminal sends.
enum Key: Sendable, Hashable {
    case character(Character)
    case up, down, left, right, pageUp, pageDown, home, end
    case enter, escape, tab, backTab, backspace, delete
    /// A letter with Ctrl, in lower case.
    case control(Character)
    /// Text that was pasted: no key of it is a command.
    case paste(String)
}
