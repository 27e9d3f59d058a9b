// Narrows the list of alerts. Everything chosen is in the URL.

import { type FormEvent, useEffect, useId, useState } from "react";
import type { EventManager } from "../../api/types";
import { type QueryPatch, useQuery } from "../../state/router";
import { type AlertsFilter, SEVERITIES, SORTS } from "./listing";

const STATUSES = [["active", "Active"], ["resolved", "Resolved"], ["all", "All"]] as const;

export function AlertFilters({ filter, managers, classes }: { filter: AlertsFilter; managers: EventManager[]; classes: string[] }) {
  const [, patch] = useQuery();
  const change = (next: QueryPatch) => patch({ ...next, cursor: null });
  const toggleSeverity = (severity: string) => {
    const chosen = SEVERITIES.filter((value) => (value === severity) !== filter.severities.includes(value));
    change({ severity: chosen.join(",") });
  };
  return (
    <div className="alerts-filters" role="search" aria-label="Filters of alerts">
      <div className="button-group" role="group" aria-label="Status">
        {STATUSES.map(([value, title]) => (
          <button
            key={value} type="button" className="button" aria-pressed={(filter.status ?? "all") === value}
            onClick={() => change({ status: value === "active" ? null : value })}
          >
            {title}
          </button>
        ))}
      </div>
      <div className="button-group" role="group" aria-label="Severity">
        {SEVERITIES.map((severity) => (
          <button key={severity} type="button" className="button" aria-pressed={filter.severities.includes(severity)} onClick={() => toggleSeverity(severity)}>
            {severity}
          </button>
        ))}
      </div>
      <Select label="Manager" value={filter.manager ?? ""} onChange={(owner) => change({ owner })}>
        <option value="">All managers</option>
        {filter.manager !== null && !managers.some(({ id }) => id === filter.manager) && <option value={filter.manager}>{filter.manager}</option>}
        {managers.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
      </Select>
      <TextFilter label="Class" value={filter.class ?? ""} options={classes} onApply={(value) => change({ class: value })} />
      <TextFilter label="Text in the summary" value={filter.text ?? ""} isWide onApply={(value) => change({ q: value })} />
      <Select label="Order" value={filter.sort} onChange={(sort) => change({ sort: sort === "-created_at" ? null : sort })}>
        {Object.entries(SORTS).map(([value, title]) => <option key={value} value={value}>{title}</option>)}
      </Select>
      <button
        type="button" className="button" aria-pressed={filter.isFlat} title="List children as rows of their own, too"
        onClick={() => change({ children: filter.isFlat ? null : "rows" })}
      >
        Children as rows
      </button>
    </div>
  );
}

function Select({ label, value, onChange, children }: { label: string; value: string; onChange: (value: string) => void; children: React.ReactNode }) {
  return (
    <select className="input alerts-select" aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      {children}
    </select>
  );
}

interface TextFilterProps {
  label: string;
  value: string;
  options?: string[];
  isWide?: boolean;
  onApply: (value: string) => void;
}

/** Applied on Enter, and when the field is left. */
function TextFilter({ label, value, options, isWide = false, onApply }: TextFilterProps) {
  const [text, setText] = useState(value);
  const list = useId();
  useEffect(() => setText(value), [value]);
  const apply = (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() !== value) onApply(text.trim());
  };
  return (
    <form className={isWide ? "alerts-text wide" : "alerts-text"} onSubmit={apply}>
      <input
        className="input" type="search" aria-label={label} placeholder={label} value={text} autoComplete="off" spellCheck={false} maxLength={256}
        list={options ? list : undefined} onChange={(event) => setText(event.target.value)} onBlur={() => apply()}
      />
      {options && (
        <datalist id={list}>
          {options.map((option) => <option key={option} value={option} />)}
        </datalist>
      )}
    </form>
  );
}
