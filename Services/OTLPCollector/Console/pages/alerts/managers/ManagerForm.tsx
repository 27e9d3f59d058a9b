// Creates or changes a manager. What somebody else changed meanwhile is not overwritten.

import { useState } from "react";
import { argus } from "../../../api/argus";
import type { EventManager, GroupingRule } from "../../../api/types";
import { Dialog } from "../../../components/Dialog";
import { Field, TextField, useFieldErrors } from "../../../components/Fields";
import { notify } from "../../../components/Toast";

const FIELDS = ["id", "name", "description", "grouping_rule_id", "notification_config.webhook_url", "notification_config.format"];

interface ManagerFormProps {
  /** What is changed, with its entity tag; null creates one. */
  manager: { value: EventManager; tag: string | null } | null;
  rules: GroupingRule[];
  onSaved: (manager: EventManager) => void;
  onClose: () => void;
}

export function ManagerForm({ manager, rules, onSaved, onClose }: ManagerFormProps) {
  const before = manager?.value;
  const [id, setID] = useState("");
  const [name, setName] = useState(before?.name ?? "");
  const [description, setDescription] = useState(before?.description ?? "");
  const [rule, setRule] = useState(before?.grouping_rule_id ?? "");
  const [webhook, setWebhook] = useState(before?.notification_config.webhook_url ?? "");
  const [format, setFormat] = useState(before?.notification_config.format ?? "argus");
  const { errors, submit } = useFieldErrors(FIELDS);

  const save = () =>
    submit(async () => {
      const body = {
        name,
        description: description || null,
        grouping_rule_id: rule || null,
        notification_config: { webhook_url: webhook.trim() || null, format },
        ...(!before && id.trim() && { id: id.trim() }),
      };
      const saved = await (before ? argus.updateManager(before.id, body, manager.tag) : argus.createManager(body));
      notify("good", before ? "Manager saved" : "Manager created");
      onSaved(saved);
    });

  return (
    <Dialog title={before ? "Change the manager" : "New manager"} confirm={before ? "Save" : "Create"} onConfirm={save} onCancel={onClose}>
      <TextField label="Name" value={name} onChange={setName} placeholder="Payment team" error={errors.name} />
      {!before && (
        <TextField
          label="Identifier (optional)" hint="What senders name as event_manager_id. One is made if this is empty; it cannot be changed."
          isMono value={id} onChange={setID} placeholder="payment" error={errors.id}
        />
      )}
      <TextField label="Description (optional)" value={description} onChange={setDescription} error={errors.description} />
      <Field label="Grouping rule" error={errors.grouping_rule_id}>
        {(attributes) => (
          <select {...attributes} className="input" value={rule} onChange={(event) => setRule(event.target.value)}>
            <option value="">None: each alert stands by itself</option>
            {rules.map((option) => <option key={option.id} value={option.id}>{option.name}</option>)}
          </select>
        )}
      </Field>
      <TextField
        label="Webhook (optional)" hint="Gets a signed POST for each new and each resolved parent." type="text" value={webhook} onChange={setWebhook}
        placeholder="https://chat.example.com/hooks/payment" error={errors["notification_config.webhook_url"]}
      />
      <Field label="Format of the webhook" error={errors["notification_config.format"]}>
        {(attributes) => (
          <select {...attributes} className="input" value={format} onChange={(event) => setFormat(event.target.value as typeof format)}>
            <option value="argus">Argus</option>
            <option value="alertmanager">Alertmanager, version 4</option>
          </select>
        )}
      </Field>
    </Dialog>
  );
}
