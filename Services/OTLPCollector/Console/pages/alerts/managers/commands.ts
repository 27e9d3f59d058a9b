// Ready-made commands and configurations that send alerts to a manager.

/** As one word of a POSIX shell. */
function word(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

/** The key of a manager is a token for its own events; without one the API has to allow everybody. */
function post(origin: string, path: string, key: string | null, body: object): string {
  const token = key === null ? "" : ` \\\n  -H ${word(`Authorization: Bearer ${key}`)}`;
  return `curl -X POST ${origin}${path}${token} \\\n  -H 'Content-Type: application/json' \\\n  -d ${word(JSON.stringify(body))}`;
}

export function triggerCommand(origin: string, manager: string, key: string | null): string {
  return post(origin, "/v1/events", key, {
    event_manager_id: manager, action: "trigger", dedupKey: "server-1:cpu", summary: "CPU of server-1 over 90 %", severity: "high", class: "infrastructure",
  });
}

export function resolveCommand(origin: string, manager: string, key: string | null): string {
  return post(origin, "/v1/events", key, { event_manager_id: manager, action: "resolve", dedupKey: "server-1:cpu" });
}

export function pagerDutyCommand(origin: string, key: string): string {
  return post(origin, "/v2/enqueue", null, {
    routing_key: key, event_action: "trigger", dedup_key: "server-1:cpu",
    payload: { summary: "CPU of server-1 over 90 %", source: "server-1", severity: "critical", class: "infrastructure" },
  });
}

/** The part of prometheus.yml that sends its alerts here. */
export function prometheusConfiguration(origin: string, manager: string, key: string | null): string {
  const { protocol, host } = new URL(origin);
  return [
    "global:",
    `  external_labels: {event_manager_id: ${JSON.stringify(manager)}}`,
    "alerting:",
    "  alertmanagers:",
    "    - api_version: v2",
    ...(protocol === "https:" ? ["      scheme: https"] : []),
    ...(key === null ? [] : [`      authorization: {credentials: ${JSON.stringify(key)}}`]),
    `      static_configs: [{targets: [${JSON.stringify(host)}]}]`,
    "",
  ].join("\n");
}
