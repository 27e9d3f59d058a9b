// `argus remediate`: does something about processes that fail, by policies, and says what it does.

import ArgumentParser
import ArgusBus
import ArgusShared
import ProcessCompose

/// Carries policies out until interrupted.
struct Remediate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Do something about processes that fail: restart them, and tell people when that does not help.",
        discussion: """
            Examples:
              argus remediate --manager ops                  restart what crashes, up to 3 times within 10 minutes
              argus remediate --policy policy.yaml
              argus remediate --policy policy.yaml --dry-run
              argus remediate --policy policy.yaml --check   is the file right?

            It does not start if the event manager that is to be told does not exist. Ctrl-C and SIGTERM end it in good order, with exit \
            code 0.

            Any number of instances may run: one leads and acts, the others take over when it ends. What was decided is on the bus \
            (stream REMEDIATIONS), so attempts made before a restart count.

            A policy file:
              manager: ops
              dependencies:
                api: [database]
              policies:
                - name: restart-crashed
                  match: {process: "*", namespace: default, type: crashed}
                  action: restart
                  limits: {max_attempts: 3, within: 10m}
                  backoff: {initial: 1s, factor: 2, max: 1m, jitter: 0.2}
                  cooldown: 5s
                  recovered_after: 30s

            A policy's match has process, namespace, type, health (healthy, unhealthy, unknown) and consecutive; of several policies the \
            first that matches acts. Its action is restart, stop, alert, {scale: COUNT} or {command: [PROGRAM, ARGUMENT, ...]}; a command \
            runs without a shell, with the event on standard input and in ARGUS_PROCESS, ARGUS_NAMESPACE, ARGUS_EVENT_TYPE, \
            ARGUS_EXIT_CODE, ARGUS_ATTEMPT, ARGUS_POLICY.
            """)

    @OptionGroup var options: RemediateOptions
    @OptionGroup(title: "process-compose") var compose: ComposeOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (set, settings) = (try options.policies(), try options.settings())
        let report = RemediationReport(output: global.output)
        if options.check { return try report.checked(set) }
        try await Interruption.lasting {
            try await global.withBus { bus in
                let edge = try global.edge
                try await ManagerCheck(bus: bus, edge: edge, report: report).check(set.managers)
                let notes = ConnectionNotes(bus, global.output)
                defer { notes.end() }
                let actions = RemediationActions(
                    compose: try compose.client(), bus: bus, edge: edge, set: set, isDryRun: settings.isDryRun,
                    report: report)
                try await Remediator(bus: bus, set: set, settings: settings, actions: actions, report: report).run()
            }
        }
    }
}
