// What a grouping rule means, in words.

import type { GroupingRule } from "../../../api/types";

export const KEYS = ["class", "severity", "source", "component", "summary"] as const;

export function keysOf(rule: Pick<GroupingRule, "grouping_key">): string[] {
  return Array.isArray(rule.grouping_key) ? rule.grouping_key : [rule.grouping_key];
}

/** A list as people write it: `class, details.host`. */
export function parseKeys(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

type Meaning = Pick<GroupingRule, "grouping_key" | "time_window_minutes" | "group_missing">;

/** "Same class and source within 30 min of the first; alerts without it stand by themselves" */
export function ruleSentence(rule: Meaning): string {
  const rest = rule.group_missing ? "alerts without it are one group, too" : "alerts without it stand by themselves";
  return `Same ${keysOf(rule).join(" and ") || "…"} within ${rule.time_window_minutes} min of the first; ${rest}`;
}
