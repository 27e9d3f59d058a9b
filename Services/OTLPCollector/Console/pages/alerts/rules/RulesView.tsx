// Grouping rules: which alerts belong together.

import { useState } from "react";
import { argus } from "../../../api/argus";
import { ApiError, type Tagged } from "../../../api/client";
import type { GroupingRule } from "../../../api/types";
import { Dialog } from "../../../components/Dialog";
import { Empty, Loaded } from "../../../components/States";
import { type Column, Table } from "../../../components/Table";
import { notify } from "../../../components/Toast";
import { Ago, Foreign } from "../../../components/Value";
import { usePolled } from "../../../state/polling";
import { useQuery } from "../../../state/router";
import { RuleForm } from "./RuleForm";
import { keysOf, ruleSentence } from "./rule";

const EVERY = 20_000;

type Step = { kind: "create" } | { kind: "edit"; rule: Tagged<GroupingRule> } | { kind: "delete"; rule: GroupingRule };

export function RulesView() {
  const [query] = useQuery();
  const rules = usePolled("rules", argus.rules, { every: EVERY });
  const managers = usePolled("managers", argus.managers, { every: EVERY });
  const [step, setStep] = useState<Step | null>(null);
  const users = (id: string) => managers.data?.event_managers.filter((manager) => manager.grouping_rule_id === id) ?? [];
  const edit = async (id: string) => {
    try {
      setStep({ kind: "edit", rule: await argus.rule(id) });
    } catch (error) {
      notify("bad", error instanceof ApiError ? error.message : String(error));
    }
  };
  const end = () => {
    setStep(null);
    rules.refresh();
  };

  const columns: Column<GroupingRule>[] = [
    {
      key: "name", title: "Rule", width: "wide",
      render: (rule) => (
        <>
          <strong className="alerts-title"><Foreign text={rule.name} /></strong>
          <span className="muted small alerts-origin"><Foreign text={ruleSentence(rule)} /></span>
        </>
      ),
    },
    { key: "keys", title: "Groups by", isSecondary: true, render: (rule) => <span className="mono small break">{keysOf(rule).join(", ")}</span> },
    { key: "window", title: "Window", align: "end", width: "fit", render: ({ time_window_minutes: minutes }) => <span className="number">{minutes} min</span> },
    {
      key: "users", title: "Used by", isSecondary: true,
      render: ({ id }) => (users(id).length === 0 ? <span className="muted">nobody</span> : <Foreign text={users(id).map(({ name }) => name).join(", ")} />),
    },
    { key: "changed", title: "Changed", width: "fit", isSecondary: true, render: ({ updated_at: time }) => <Ago value={time} /> },
    {
      key: "actions", title: "Actions", width: "fit",
      render: (rule) => (
        <span className="alerts-actions">
          <button type="button" className="button" aria-label={`Edit ${rule.name}`} onClick={() => void edit(rule.id)}>Edit</button>
          <button type="button" className="button danger" aria-label={`Delete ${rule.name}`} onClick={() => setStep({ kind: "delete", rule })}>Delete</button>
        </span>
      ),
    },
  ];
  return (
    <section className="card" aria-label="Grouping rules">
      <div className="card-header">
        <p className="muted">The first alert of a group becomes the parent, those that follow within the window its children.</p>
        <button type="button" className="button primary" onClick={() => setStep({ kind: "create" })}>New rule</button>
      </div>
      <div className="card-body">
        <Loaded polled={rules} what="Rules">
          {({ grouping_rules: list }) =>
            list.length === 0 ? (
              <Empty title="There is no rule yet">Without one each alert stands by itself.</Empty>
            ) : (
              <Table label="Grouping rules" columns={columns} rows={list} rowKey={({ id }) => id} selected={query.get("rule")} />
            )
          }
        </Loaded>
      </div>
      {step?.kind === "create" && <RuleForm rule={null} onSaved={end} onClose={() => setStep(null)} />}
      {step?.kind === "edit" && <RuleForm rule={step.rule} onSaved={end} onClose={() => setStep(null)} />}
      {step?.kind === "delete" && <DeleteRule rule={step.rule} users={users(step.rule.id).map(({ name }) => name)} onDeleted={end} onClose={() => setStep(null)} />}
    </section>
  );
}

function DeleteRule({ rule, users, onDeleted, onClose }: { rule: GroupingRule; users: string[]; onDeleted: () => void; onClose: () => void }) {
  const remove = async () => {
    await argus.deleteRule(rule.id);
    notify("good", "Rule deleted");
    onDeleted();
  };
  return (
    <Dialog title={`Delete ${rule.name}?`} confirm="Delete" isDangerous isReady={users.length === 0} onConfirm={remove} onCancel={onClose}>
      {users.length === 0 ? (
        <p>No manager uses it.</p>
      ) : (
        <p className="notice warn">It is used by {users.join(", ")}. Give {users.length === 1 ? "that manager" : "those managers"} another rule first.</p>
      )}
    </Dialog>
  );
}
