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

/** "Same class and source within 30 min of the first; without them: one of its own" */
export function ruleSentence({ grouping_key: key, time_window_minutes: minutes, group_missing: groupsMissing }: Pick<GroupingRule, "grouping_key" | "time_window_minutes" | "group_missing">): string {
  const keys = keysOf({ grouping_key: key });
  const rest = groupsMissing ? "alerts without it are one group, too" : "alerts without it stand by themselves";
  return `Same ${keys.join(" and ") || "…"} within ${minutes} min of the first; ${rest}`;
}
