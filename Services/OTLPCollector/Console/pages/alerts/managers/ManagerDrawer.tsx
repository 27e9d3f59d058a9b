// One manager: what it is, how to send to it, what bridges feed it, and what can be done with it.

import { useState } from "react";
import { argus } from "../../../api/argus";
import { ApiError, type Tagged } from "../../../api/client";
import type { EventManager, GroupingRule } from "../../../api/types";
import { CopyButton } from "../../../components/CopyButton";
import { Dialog } from "../../../components/Dialog";
import { Drawer } from "../../../components/Drawer";
import { Link } from "../../../components/Link";
import { Empty } from "../../../components/States";
import { notify } from "../../../components/Toast";
import { type Fact, Facts, Foreign, Time } from "../../../components/Value";
import { href } from "../../../state/router";
import { Bridges } from "./Bridges";
import { DeleteManager } from "./DeleteManager";
import { ManagerForm } from "./ManagerForm";
import { Snippets } from "./Snippets";

interface ManagerDrawerProps {
  id: string;
  manager: EventManager | undefined;
  rules: GroupingRule[];
  onChanged: () => void;
  onClose: () => void;
}

export function ManagerDrawer({ id, manager, rules, onChanged, onClose }: ManagerDrawerProps) {
  if (!manager) {
    return (
      <Drawer title={id} onClose={onClose}>
        <Empty title="There is no such manager" />
      </Drawer>
    );
  }
  return (
    <Drawer title={<Foreign text={manager.name} />} onClose={onClose}>
      <Actions manager={manager} rules={rules} onChanged={onChanged} onClose={onClose} />
      {manager.description && <p className="break"><Foreign text={manager.description} block /></p>}
      <Facts facts={facts(manager, rules)} />
      <Snippets manager={manager} />
      <Bridges manager={manager} />
    </Drawer>
  );
}

function facts(manager: EventManager, rules: GroupingRule[]): Fact[] {
  const rule = rules.find(({ id }) => id === manager.grouping_rule_id);
  const { webhook_url: webhook, format } = manager.notification_config;
  return [
    { name: "Identifier", value: <span className="mono break">{manager.id}</span> },
    { name: "Alerts", value: <Link href={href(["alerts"], { owner: manager.id })}>Its active alerts</Link> },
    {
      name: "Rule",
      value: rule ? (
        <Link href={href(["alerts"], { view: "rules", rule: rule.id })}><Foreign text={rule.name} /></Link>
      ) : (
        <span className="muted">none: each alert stands by itself</span>
      ),
    },
    { name: "Webhook", value: webhook === null ? <span className="muted">none</span> : <Foreign text={webhook} /> },
    ...(webhook === null ? [] : [{ name: "Format", value: format === "argus" ? "Argus" : "Alertmanager, version 4" }]),
    { name: "Routing key", value: <RoutingKey value={manager.routing_key} /> },
    { name: "Created", value: <Time value={manager.created_at} /> },
    { name: "Changed", value: <Time value={manager.updated_at} /> },
  ];
}

function RoutingKey({ value }: { value: string }) {
  const [isShown, setShown] = useState(false);
  if (value === "hidden") return <span className="muted">hidden from your token</span>;
  return (
    <span className="row">
      <span className="mono break">{isShown ? value : "•".repeat(12)}</span>
      <button type="button" className="button small" aria-pressed={isShown} onClick={() => setShown(!isShown)}>{isShown ? "Hide" : "Show"}</button>
      <CopyButton text={value} />
    </span>
  );
}

type Step = { kind: "edit"; manager: Tagged<EventManager> } | { kind: "rotate" } | { kind: "delete" };

function Actions({ manager, rules, onChanged, onClose }: Omit<ManagerDrawerProps, "id" | "manager"> & { manager: EventManager }) {
  const [step, setStep] = useState<Step | null>(null);
  const end = () => setStep(null);
  const edit = async () => {
    try {
      setStep({ kind: "edit", manager: await argus.manager(manager.id) });
    } catch (error) {
      notify("bad", error instanceof ApiError ? error.message : String(error));
    }
  };
  const rotate = async () => {
    await argus.rotateKey(manager.id);
    notify("good", "The manager has a new routing key");
    end();
    onChanged();
  };
  return (
    <div className="row">
      <button type="button" className="button" onClick={() => void edit()}>Edit</button>
      <button type="button" className="button" onClick={() => setStep({ kind: "rotate" })}>Rotate key</button>
      <button type="button" className="button danger" onClick={() => setStep({ kind: "delete" })}>Delete</button>
      {step?.kind === "edit" && (
        <ManagerForm
          manager={step.manager} rules={rules} onClose={end}
          onSaved={() => {
            end();
            onChanged();
          }}
        />
      )}
      {step?.kind === "rotate" && (
        <Dialog title="Give it a new routing key?" confirm="Rotate key" isDangerous onConfirm={rotate} onCancel={end}>
          <p>The present key stops working at once: senders that use it, and receivers that check the signature of notifications with it, need the new one.</p>
        </Dialog>
      )}
      {step?.kind === "delete" && (
        <DeleteManager
          manager={manager} onClose={end}
          onDeleted={() => {
            end();
            onClose();
            onChanged();
          }}
        />
      )}
    </div>
  );
}
