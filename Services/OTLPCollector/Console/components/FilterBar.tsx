// The filter of dashboard, traces and logs, with completion. Its text lives in the URL as `q`.

import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { argus } from "../api/argus";
import { KEYS, lastWord, parseFilter, quoted, SEVERITIES } from "../state/filter";
import { usePolled } from "../state/polling";
import { useQuery } from "../state/router";

const DURATIONS = ["10ms", "100ms", "200ms", "500ms", "1s", "5s"];
const MOST_OPTIONS = 12;

interface Option {
  text: string;
  hint: string;
}

const HINTS: Record<(typeof KEYS)[number], string> = {
  "service:": "who", "operation:": "what it did", "status:": "error or ok", "severity:": "of logs, at least", "duration>": "at least", "duration<": "at most",
};

export function FilterBar({ label = "Filter", placeholder = "service:payment status:error duration>200ms text" }: { label?: string; placeholder?: string }) {
  const [query, change] = useQuery();
  const applied = query.get("q") ?? "";
  const [text, setText] = useState(applied);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const options = useOptions(text, isOpen);
  const problems = useMemo(() => parseFilter(text).problems, [text]);
  // The space behind what was completed stays, for the next word.
  useEffect(() => setText((before) => (before.trim() === applied ? before : applied)), [applied]);

  const apply = (value: string) => change({ q: value.trim() || null, cursor: null });
  const choose = (option: Option) => {
    const completed = text.slice(0, text.length - lastWord(text).length) + option.text;
    const isWhole = !(KEYS as readonly string[]).includes(option.text);
    setText(isWhole ? `${completed} ` : completed);
    setActive(-1);
    setOpen(!isWhole);
    if (isWhole) apply(completed);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const option = options[active];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      setActive((index) => wrap(index + (event.key === "ArrowDown" ? 1 : -1), options.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (isOpen && option) choose(option);
      else {
        setOpen(false);
        apply(text);
      }
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      setOpen(false);
    }
  };

  return (
    <div className="filter" onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}>
      <div className="row" style={{ flexWrap: "nowrap" }}>
        <input
          ref={input} className="input mono" type="text" role="combobox" aria-label={label} aria-expanded={isOpen && options.length > 0}
          aria-controls={list} aria-autocomplete="list" aria-invalid={problems.length > 0} autoComplete="off" spellCheck={false}
          aria-activedescendant={isOpen && active >= 0 ? `${list}-${active}` : undefined} placeholder={placeholder} value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(-1);
            setOpen(true);
          }}
          onFocus={() => setOpen(true)} onKeyDown={onKeyDown}
        />
        {text !== "" && (
          <button type="button" className="button" aria-label="Clear the filter" onClick={() => { setText(""); apply(""); input.current?.focus(); }}>✕</button>
        )}
        <button type="button" className="button" onClick={() => { setOpen(false); apply(text); }}>Filter</button>
      </div>
      {problems.length > 0 && !isOpen && <p className="field-error" role="alert">{problems.join("; ")}</p>}
      {isOpen && options.length > 0 && (
        <ul className="filter-options" id={list} role="listbox" aria-label="Completions">
          {options.map((option, index) => (
            <li
              key={option.text} id={`${list}-${index}`} className="filter-option" role="option" aria-selected={index === active}
              onMouseDown={(event) => { event.preventDefault(); choose(option); }}
            >
              <span className="mono ellipsis">{option.text}</span>
              <span className="muted small">{option.hint}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function wrap(index: number, length: number): number {
  return length === 0 ? -1 : (index + length) % length;
}

/** As it is compared: who types does not know which values need quotes. */
function bare(text: string): string {
  return text.replace(/["\\]/g, "").toLowerCase();
}

/** What could stand where the last word of the text stands. */
function useOptions(text: string, isOpen: boolean): Option[] {
  const services = usePolled("services", argus.services, { every: 60_000, enabled: isOpen });
  return useMemo(() => {
    const word = lastWord(text);
    const known = services.data?.services ?? [];
    const chosen = parseFilter(text).service;
    const values: Option[] = [
      ...KEYS.map((key) => ({ text: key, hint: HINTS[key] })),
      ...known.map(({ name }) => ({ text: `service:${quoted(name)}`, hint: "service" })),
      ...known.filter(({ name }) => !chosen || name === chosen)
        .flatMap(({ operations }) => operations.map((name) => ({ text: `operation:${quoted(name)}`, hint: "operation" }))),
      ...["error", "ok"].map((value) => ({ text: `status:${value}`, hint: "status" })),
      ...SEVERITIES.map((value) => ({ text: `severity:${value}`, hint: "severity of logs" })),
      ...["duration>", "duration<"].flatMap((key) => DURATIONS.map((value) => ({ text: key + value, hint: "duration" }))),
    ];
    const typed = bare(word);
    const isKeyOnly = (option: Option) => (KEYS as readonly string[]).includes(option.text);
    const fits = (option: Option) => bare(option.text).startsWith(typed) && option.text !== word && (typed !== "" || isKeyOnly(option));
    const isValue = typed !== "" && values.some((option) => !isKeyOnly(option) && option.text.startsWith(typed.replace(/[:<>].*$/s, "")) && /[:<>]/.test(typed));
    const unique = new Map(values.filter(fits).map((option) => [option.text, option]));
    const byName = known.filter(({ name }) => typed.length > 1 && !isValue && name.toLowerCase().includes(typed))
      .map(({ name }) => ({ text: `service:${quoted(name)}`, hint: "service" }));
    byName.forEach((option) => unique.set(option.text, option));
    return [...unique.values()].slice(0, MOST_OPTIONS);
  }, [text, services.data]);
}
