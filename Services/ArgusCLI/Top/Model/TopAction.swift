// What the dashboard asks of the world, and what it hears from it.

import ArgusBus
import ArgusShared

/// Something that a person decided to do.
enum TopAction: Sendable, Hashable {
    case restart(TopProcess.ID)
    case stop(TopProcess.ID)
    case acknowledge(TopAlert)
    case resolve(TopAlert)

    /// What is asked before it is done; nil if it is done at once.
    var question: String? {
        switch self {
        case .restart(let process): "Restart \(process.text)?"
        case .stop(let process): "Stop \(process.text)?"
        case .acknowledge: nil
        case .resolve(let alert): "Resolve \(alert.key)?"
        }
    }

    /// What is said while it is done.
    var progress: String {
        switch self {
        case .restart(let process): "restarting \(process.text)"
        case .stop(let process): "stopping \(process.text)"
        case .acknowledge(let alert): "acknowledging \(alert.key)"
        case .resolve(let alert): "resolving \(alert.key)"
        }
    }
}

/// Of what details are shown.
enum TopSubject: Sendable, Hashable {
    case process(TopProcess.ID)
    case alert(TopAlert)
}

/// What happened.
enum TopInput: Sendable {
    case key(Key)
    case size(width: Int, height: Int)
    /// A second passed.
    case tick
    case connection(isUp: Bool)
    /// The last event of every process, from longer ago than the stream reaches.
    case known([ProcessEvent])
    case event(ProcessEvent)
    case sample(ProcessSample)
    /// There is no stream of process events on this bus.
    case noProcesses
    case alerts(AlertBoard.List)
    case alertsFailed(String)
    case commit(Commit)
    case rates([Rates.Reading], Rates.Backlog?)
    /// What was asked for with ``TopEffect/load(_:)``.
    case details(TopSubject, TopDetails.Content)
    /// An action is over.
    case done(String, failed: Bool)
}

/// What is to be done.
enum TopEffect: Sendable, Hashable {
    case end
    /// Leave the terminal to the shell until continued.
    case suspend
    /// Draw everything anew, whatever the terminal shows.
    case redraw
    case load(TopSubject)
    case perform(TopAction)
}
