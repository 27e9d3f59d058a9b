// What to copy to send alerts to a manager.

import { useState } from "react";
import type { EventManager } from "../../../api/types";
import { CopyButton } from "../../../components/CopyButton";
import { pagerDutyCommand, prometheusConfiguration, resolveCommand, triggerCommand } from "./commands";

const HIDDEN = "hidden";
/** Stands for the key on the screen; what is copied has the key itself. */
const MASK = "•".repeat(12);

export function Snippets({ manager }: { manager: EventManager }) {
  const key = manager.routing_key === HIDDEN ? null : manager.routing_key;
  const snippets = [
    { title: "Trigger", text: triggerCommand(location.origin, manager.id, key) },
    { title: "Resolve", text: resolveCommand(location.origin, manager.id, key) },
    { title: "Prometheus", text: prometheusConfiguration(location.origin, manager.id, key), note: "In prometheus.yml; Prometheus needs no Alertmanager then." },
    ...(key === null ? [] : [{ title: "PagerDuty", text: pagerDutyCommand(location.origin, key), note: "Whatever speaks PagerDuty's Events API v2." }]),
  ];
  const [chosen, setChosen] = useState("Trigger");
  const snippet = snippets.find(({ title }) => title === chosen) ?? snippets[0];
  if (!snippet) return null;
  return (
    <section aria-label="How to send alerts">
      <h3>Send alerts to it</h3>
      <div className="row alerts-snippet-bar">
        <div className="button-group" role="group" aria-label="Way to send">
          {snippets.map(({ title }) => (
            <button key={title} type="button" className="button" aria-pressed={title === snippet.title} onClick={() => setChosen(title)}>{title}</button>
          ))}
        </div>
        <CopyButton text={snippet.text} />
      </div>
      <pre className="alerts-snippet">{key === null ? snippet.text : snippet.text.split(key).join(MASK)}</pre>
      {snippet.note && <p className="muted small">{snippet.note}</p>}
      {key === null && <p className="muted small">The routing key is hidden from your token; where the API needs one, add it as a bearer token.</p>}
    </section>
  );
}
