// Event managers: who receives alerts.

import { useState } from "react";
import { argus } from "../../../api/argus";
import type { EventManager } from "../../../api/types";
import { Empty, Loaded } from "../../../components/States";
import { type Column, Table } from "../../../components/Table";
import { Ago, Foreign } from "../../../components/Value";
import { usePolled } from "../../../state/polling";
import { useQuery } from "../../../state/router";
import { ManagerDrawer } from "./ManagerDrawer";
import { ManagerForm } from "./ManagerForm";

const EVERY = 20_000;

export function ManagersView() {
  const [query, change] = useQuery();
  const managers = usePolled("managers", argus.managers, { every: EVERY });
  const rules = usePolled("rules", argus.rules, { every: EVERY });
  const [isCreating, setCreating] = useState(false);
  const chosen = query.get("manager");
  const known = rules.data?.grouping_rules ?? [];
  const ruleName = (id: string | null) => known.find((rule) => rule.id === id)?.name;

  const columns: Column<EventManager>[] = [
    { key: "name", title: "Name", width: "wide", render: ({ name }) => <strong><Foreign text={name} /></strong> },
    { key: "id", title: "Identifier", render: ({ id }) => <span className="mono small break">{id}</span> },
    { key: "rule", title: "Rule", isSecondary: true, render: ({ grouping_rule_id: id }) => <Foreign text={ruleName(id) ?? id ?? "none"} /> },
    {
      key: "webhook", title: "Notifies", isSecondary: true,
      render: ({ notification_config: { webhook_url: url } }) =>
        url === null ? <span className="muted">nobody</span> : <span className="break"><Foreign text={url} /></span>,
    },
    { key: "changed", title: "Changed", width: "fit", isSecondary: true, render: ({ updated_at: time }) => <Ago value={time} /> },
  ];
  const manager = managers.data?.event_managers.find(({ id }) => id === chosen);
  return (
    <section className="card" aria-label="Event managers">
      <div className="card-header">
        <p className="muted">A manager receives alerts, groups them by its rule, and notifies its webhook of new and resolved parents.</p>
        <button type="button" className="button primary" onClick={() => setCreating(true)}>New manager</button>
      </div>
      <div className="card-body">
        <Loaded polled={managers} what="Managers">
          {({ event_managers: list }) =>
            list.length === 0 ? (
              <Empty title="There is no manager yet">Alerts need one to be sent to.</Empty>
            ) : (
              <Table label="Event managers" columns={columns} rows={list} rowKey={({ id }) => id} selected={chosen} onSelect={({ id }) => change({ manager: id })} />
            )
          }
        </Loaded>
      </div>
      {isCreating && (
        <ManagerForm
          manager={null} rules={known} onClose={() => setCreating(false)}
          onSaved={({ id }) => {
            setCreating(false);
            managers.refresh();
            change({ manager: id });
          }}
        />
      )}
      {chosen !== null && managers.data !== undefined && (
        <ManagerDrawer key={chosen} id={chosen} manager={manager} rules={known} onChanged={managers.refresh} onClose={() => change({ manager: null })} />
      )}
    </section>
  );
}
