// Tests of the console's pure parts: bundled, and evaluated in the browser by test_units.py.

import { bytes, count, duration, percent, rate } from "../../Services/OTLPCollector/Console/format/numbers";
import { oneLine, visible } from "../../Services/OTLPCollector/Console/format/text";
import { minutes, time } from "../../Services/OTLPCollector/Console/format/times";
import { lastWord, parseFilter, quoted, tokens, withTerm } from "../../Services/OTLPCollector/Console/state/filter";
import { ends, milliseconds, readRange } from "../../Services/OTLPCollector/Console/state/range";
import { criticalPath } from "../../Services/OTLPCollector/Console/pages/traces/criticalPath";
import { buildTree } from "../../Services/OTLPCollector/Console/pages/traces/tree";

interface Outcome {
  what: string;
  problems: string[];
}

const outcomes: Outcome[] = [];

function test(what: string, body: (equal: (found: unknown, wanted: unknown) => void) => void): void {
  const problems: string[] = [];
  try {
    body((found, wanted) => {
      if (JSON.stringify(found) !== JSON.stringify(wanted)) problems.push(`found ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
    });
  } catch (error) {
    problems.push(String(error));
  }
  outcomes.push({ what, problems });
}

// --- filter ---

test("a filter's terms are told apart", (equal) => {
  const filter = parseFilter('service:payment status:error duration>200ms duration<2s http.route=/orders operation:"GET /items" gateway "time out"');
  equal(filter, {
    service: "payment", operation: "GET /items", status: "error", severity: null, minDuration: "200ms", maxDuration: "2s",
    attributes: ["http.route=/orders"], words: "gateway time out", problems: [],
  });
});

test("what a filter cannot say is told", (equal) => {
  equal(parseFilter("status:maybe severity:loud duration>soon service:").problems.length, 4);
  equal(parseFilter('an "open quote').words, "an open quote");
  equal(parseFilter("").words, "");
});

test("values survive quoting, and a term takes another's place", (equal) => {
  for (const value of ["plain", "two words", 'with "quotes"', "back\\slash and space", ""]) {
    const text = withTerm("status:error", "service:", value);
    if (value !== "") equal(parseFilter(text).service, value);
    equal(tokens(text).length, 2);
  }
  equal(withTerm("service:a word", "service:", "b"), "service:b word");
  equal(withTerm("service:a word", "service:", null), "word");
  equal(quoted("a b"), '"a b"');
});

test("the word that is being typed is the last one, whatever stands in quotes before it", (equal) => {
  equal(["", "sta", "a sta", "a "].map(lastWord), ["", "sta", "sta", ""]);
  equal(['operation:"GET /items" sta', 'operation:"GET /items" ', 'operation:"GET /it', '"a \\" b" c'].map(lastWord), ["sta", "", 'operation:"GET /it', "c"]);
});

// --- range ---

test("ranges come from the address, and nonsense is the default", (equal) => {
  const read = (text: string) => readRange(new URLSearchParams(text)).key;
  equal(read("range=15m"), "15m");
  for (const text of ["", "range=", "range=5x", "range=-5m", "from=2026-01-01T00:00:00Z", "from=b&to=a", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"]) equal(read(text), "5m");
  const fixed = readRange(new URLSearchParams("from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z&range=5m"));
  equal(ends(fixed), [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 1)]);
  for (const text of ["from=1&to=2", "from=May&to=June", "from=0001-01-01&to=2026-01-01", "from=2026-01-01&to=9999-12-31"]) equal(read(text), "5m");
  equal(ends(readRange(new URLSearchParams("range=1h")), 10_000_000), [6_400_000, 10_000_000]);
  equal([milliseconds("90s"), milliseconds("7d"), milliseconds("1.5h"), milliseconds("m")], [90_000, 604_800_000, null, null]);
});

test("whatever a range of the address looks like, the API is asked for what is shown", (equal) => {
  const asked = (text: string) => readRange(new URLSearchParams(text)).parameters;
  const wanted = { from: "2026-01-01T00:00:00.000Z", to: "2026-01-01T01:00:00.000Z" };
  equal(asked("from=2026-01-01T00:00:00Z&to=2026-01-01T02:00:00%2B01:00"), wanted);
  equal(asked(`from=${Date.UTC(2026, 0, 1)}&to=${Date.UTC(2026, 0, 1, 1)}`), wanted);
  // As a date and a time are written by hand: in the local zone, which these tests have in Kathmandu.
  equal(asked("from=2026-01-01T05:45&to=2026-01-01T06:45"), wanted);
});

// --- times ---

test("times are of the local zone, with the day where it is not today and the year where it is not this one", (equal) => {
  const now = new Date();
  const at = (year: number, month: number, day: number) => time(new Date(year, month, day, 0, 5, 9).getTime());
  equal(at(now.getFullYear(), now.getMonth(), now.getDate()), "00:05:09");
  equal(at(2_019, 10, 21), "Nov 21, 2019 00:05:09");
  const other = now.getMonth() === 5 ? 6 : 5;
  equal(at(now.getFullYear(), other, 2), `${other === 5 ? "Jun" : "Jul"} 2 00:05:09`);
  equal(minutes(Date.UTC(2026, 0, 1, 18, 15)), "00:00");
});

// --- numbers and text ---

test("numbers are short, and what is not nothing is not shown as nothing", (equal) => {
  equal([percent(0), percent(0.00001), percent(0.5), percent(0.99999), percent(1)], ["0 %", "<0.01 %", "50 %", ">99.99 %", "100 %"]);
  equal([duration(0.5), duration(12.5), duration(3_200), duration(1_500_000), duration(125_000_000), duration(11_040_000_000)], ["500 ns", "12.5 µs", "3.2 ms", "1.5 s", "2 min 5 s", "3 h 4 min"]);
  equal([duration(0), duration(59_999_999), duration(60_000_000)], ["0 s", "60 s", "1 min"]);
  equal([count(9_999), count(12_345)], ["9,999", "12.3K"]);
  equal([rate(0), rate(1 / 300), rate(0.4), rate(12.34)], ["0/s", "0.0033/s", "0.4/s", "12.3/s"]);
  equal([bytes(512), bytes(1_536), bytes(3 * 1_024 ** 4)], ["512 B", "1.5 KiB", "3 TiB"]);
});

test("text neither hides nor reorders", (equal) => {
  equal(visible("a\u202eb\u0000c\u200bd"), "a\\u202eb\\u0000c\\u200bd");
  equal(visible("line\nnext\ttab"), "line\nnext\ttab");
  equal(oneLine("line\n  next"), "line next");
  equal([oneLine("x".repeat(10), 10), oneLine("x".repeat(12), 10)], ["x".repeat(10), "x".repeat(10) + "…"]);
  equal(visible("x".repeat(30), 10).startsWith("x".repeat(10) + "… (20"), true);
});

// --- critical path ---

/** `name(start-end)` in milliseconds, its parent by name. */
function trace(...spans: [name: string, parent: string | null, start: number, end: number, kind?: string][]) {
  return buildTree({
    spans: spans.map(([name, parent, start, end, kind]) => ({
      trace_id: "0".repeat(31) + "1", span_id: name, parent_span_id: parent, service: "s", name, kind: kind ?? "internal", start: "", end: "",
      start_ns: String(start * 1_000_000), end_ns: String(end * 1_000_000), duration_us: (end - start) * 1_000, status: { code: "unset", message: null },
      attributes: {}, events: [], links: [], resource: {}, scope: { name: "", version: "", attributes: {} }, trace_state: null, flags: 0,
    })) as never,
  });
}

function path(tree: ReturnType<typeof buildTree>) {
  const { stretches } = criticalPath(tree);
  return [...stretches].flatMap(([node, list]) => list.map(({ from, to }) => [node.key, from / 1_000_000, to / 1_000_000] as const)).sort((a, b) => a[1] - b[1]);
}

test("the critical path goes through the children that were waited for", (equal) => {
  equal(path(trace(["root", null, 0, 100], ["a", "root", 10, 40], ["b", "root", 40, 90])), [["root", 0, 10], ["a", 10, 40], ["b", 40, 90], ["root", 90, 100]]);
  equal(path(trace(["root", null, 0, 100], ["short", "root", 10, 50], ["long", "root", 10, 90])), [["root", 0, 10], ["long", 10, 90], ["root", 90, 100]]);
  equal(path(trace(["root", null, 0, 100], ["a", "root", 10, 90], ["deep", "a", 20, 80])), [["root", 0, 10], ["a", 10, 20], ["deep", 20, 80], ["a", 80, 90], ["root", 90, 100]]);
});

test("the critical path covers the root exactly, whatever the spans are", (equal) => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  for (let round = 0; round < 200; round += 1) {
    const spans: [string, string | null, number, number][] = [["n0", null, 0, 1_000]];
    for (let index = 1; index < 2 + random(30); index += 1) {
      const start = random(1_000);
      spans.push([`n${index}`, `n${random(index)}`, start, start + random(1_200 - start)]);
    }
    const stretches = path(trace(...spans));
    let reached = 0;
    for (const [, from, to] of stretches) {
      if (Math.abs(from - reached) > 1e-6 || to < from) throw new Error(`round ${round}: ${JSON.stringify(stretches)} of ${JSON.stringify(spans)}`);
      reached = to;
    }
    equal(reached, 1_000);
  }
});

test("a trace with missing parents, several roots and circles is a tree with every span once", (equal) => {
  const tree = trace(["a", "b", 0, 10], ["b", "a", 1, 9], ["orphan", "gone", 2, 8], ["root", null, 0, 20], ["child", "root", 5, 6]);
  equal(tree.nodes.length, 5);
  equal(new Set(tree.nodes.map((node) => node.key)).size, 5);
  equal(tree.nodes.filter((node) => node.isOrphan).map((node) => node.key), ["orphan"]);
  equal(tree.nodes.some((node) => node.isInCircle), true);
  equal(tree.byID.get("child")?.parent?.key, "root");
});

(globalThis as { outcomes?: Outcome[] }).outcomes = outcomes;
