// Creates or changes a grouping rule.

import { useState } from "react";
import { argus } from "../../../api/argus";
import type { Tagged } from "../../../api/client";
import type { GroupingRule } from "../../../api/types";
import { Dialog } from "../../../components/Dialog";
import { TextField, useFieldErrors } from "../../../components/Fields";
import { notify } from "../../../components/Toast";
import { KEYS, keysOf, parseKeys, ruleSentence } from "./rule";

const FIELDS = ["name", "grouping_key", "time_window_minutes", "group_missing"];

export function RuleForm({ rule, onSaved, onClose }: { rule: Tagged<GroupingRule> | null; onSaved: () => void; onClose: () => void }) {
  const before = rule?.value;
  const [name, setName] = useState(before?.name ?? "");
  const [keys, setKeys] = useState(before ? keysOf(before).join(", ") : "class");
  const [minutes, setMinutes] = useState(String(before?.time_window_minutes ?? 30));
  const [groupsMissing, setGroupsMissing] = useState(before?.group_missing ?? false);
  const { errors, submit } = useFieldErrors(FIELDS);
  const chosen = parseKeys(keys);
  const key = chosen.length === 1 ? (chosen[0] as string) : chosen;
  const toggle = (name: string) => setKeys((chosen.includes(name) ? chosen.filter((value) => value !== name) : [...chosen, name]).join(", "));

  const save = () =>
    submit(async () => {
      // What is no number goes as it is: the API says what is wrong with it.
      const body = { name, grouping_key: key, time_window_minutes: minutes.trim() === "" ? null : Number(minutes), group_missing: groupsMissing };
      await (before ? argus.updateRule(before.id, body, rule.tag) : argus.createRule(body));
      notify("good", before ? "Rule saved" : "Rule created");
      onSaved();
    });

  return (
    <Dialog title={before ? "Change the rule" : "New rule"} confirm={before ? "Save" : "Create"} onConfirm={save} onCancel={onClose}>
      <TextField label="Name" value={name} onChange={setName} placeholder="By class" error={errors.name} />
      <TextField
        label="Group by" isMono value={keys} onChange={setKeys} error={errors.grouping_key}
        hint="Fields that must be the same, several separated by commas; details.host means a field of the details."
      />
      <div className="row" role="group" aria-label="Fields to group by">
        {KEYS.map((name) => (
          <button key={name} type="button" className="button small" aria-pressed={chosen.includes(name)} onClick={() => toggle(name)}>{name}</button>
        ))}
      </div>
      <TextField
        label="Window in minutes" type="number" value={minutes} onChange={setMinutes} error={errors.time_window_minutes}
        hint="From the parent's creation; 1 to 10,080, which is a week."
      />
      <label className="row" style={{ flexWrap: "nowrap" }}>
        <input type="checkbox" className="alerts-check" checked={groupsMissing} onChange={(event) => setGroupsMissing(event.target.checked)} />
        <span>Group alerts that lack the field, too</span>
      </label>
      <p className="notice info" aria-live="polite">
        {chosen.length > 0 && /^[1-9]\d*$/.test(minutes.trim())
          ? ruleSentence({ grouping_key: key, time_window_minutes: Number(minutes), group_missing: groupsMissing })
          : "A rule needs a field to group by and a window of whole minutes."}
      </p>
    </Dialog>
  );
}
