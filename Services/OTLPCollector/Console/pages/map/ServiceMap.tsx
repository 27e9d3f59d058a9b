// The service map: who calls whom, how often and how well.

import "./map.css";
import { useCallback, useMemo, useRef, useState } from "react";
import { argus } from "../../api/argus";
import type { ServiceMapAnswer } from "../../api/types";
import { Card, Page } from "../../components/Page";
import { Empty, Loaded } from "../../components/States";
import { TimeRangePicker } from "../../components/TimeRange";
import { useCrashes } from "../../state/crashes";
import { usePolled } from "../../state/polling";
import { type TimeRange, useRange } from "../../state/range";
import { useQuery } from "../../state/router";
import { Graph } from "./Graph";
import { arrange, type Point } from "./layout";
import { type Marks, marksOf } from "./marks";
import { ServicePanel, SummaryPanel } from "./ServicePanel";
import { CallTable, ServiceTable } from "./Tables";

// Places outlive the page: who comes back finds every service where it was.
let remembered: ReadonlyMap<string, Point> = new Map();

export default function ServiceMap() {
  const [query, change] = useQuery();
  const { range } = useRange();
  const view = query.get("view") === "table" ? "table" : "graph";
  const map = usePolled(`map ${range.key}`, (signal) => argus.serviceMap(range.parameters, signal));
  const toggle = (
    <div className="button-group" role="group" aria-label="Show as">
      <button type="button" className="button" aria-pressed={view === "graph"} onClick={() => change({ view: null }, { replace: true })}>Graph</button>
      <button type="button" className="button" aria-pressed={view === "table"} onClick={() => change({ view: "table" }, { replace: true })}>Table</button>
    </div>
  );
  return (
    <Page title="Service map" controls={<>{toggle}<TimeRangePicker /></>}>
      <Loaded polled={map} what="Service map" lines={12}>
        {(data) => (data.nodes.length === 0 ? <NoServices /> : <Content data={data} view={view} range={range} isPrevious={map.isPrevious} />)}
      </Loaded>
    </Page>
  );
}

function Content({ data, view, range, isPrevious }: { data: ServiceMapAnswer; view: "graph" | "table"; range: TimeRange; isPrevious: boolean }) {
  const [query, change] = useQuery();
  const selected = query.get("service");
  const nodes = useMemo(() => [...data.nodes].sort((a, b) => a.service.localeCompare(b.service)), [data]);
  const marks = useMarks(nodes.map(({ service }) => service), range);
  const { places, rearrange } = usePlaces(data);
  const content = useRef<HTMLDivElement>(null);
  const select = useCallback((service: string | null) => {
    const before = new URLSearchParams(location.search).get("service");
    change({ service });
    // The focus goes back to where the details were opened from.
    if (service === null && before !== null) content.current?.querySelector<HTMLElement>(`[data-service="${CSS.escape(before)}"]`)?.focus();
  }, [change]);
  return (
    <div ref={content} className={isPrevious ? "map map-previous" : "map"} aria-busy={isPrevious}>
      {view === "graph" ? (
        <section className="card map-card" aria-label="Graph">
          <Graph nodes={nodes} edges={data.edges} places={places} marks={marks} selected={selected} onSelect={select} onArrange={rearrange} />
        </section>
      ) : (
        <div className="map-tables">
          <Card title="Services" flush><ServiceTable nodes={nodes} marks={marks} selected={selected} onSelect={select} /></Card>
          <Card title="Calls" flush><CallTable edges={data.edges} label="Calls" onSelect={select} /></Card>
        </div>
      )}
      {selected === null ? (
        <SummaryPanel nodes={nodes} marks={marks} onSelect={select} />
      ) : (
        <ServicePanel
          service={selected} node={nodes.find(({ service }) => service === selected)} edges={data.edges} marks={marks(selected)} range={range} onSelect={select}
        />
      )}
    </div>
  );
}

/** Alerts and processes by service; where they cannot be asked for, the map goes without. */
function useMarks(services: string[], range: TimeRange): (service: string) => Marks {
  const alerts = usePolled("map.alerts", (signal) => argus.alerts({ status: "active", sort: "-updated_at", limit: 500 }, signal));
  const processes = usePolled("processes", argus.processes);
  const crashesOf = useCrashes(range, 15_000);
  const [query] = useQuery();
  const selected = query.get("service");
  const key = JSON.stringify(selected === null ? services : [...services, selected]);
  return useMemo(
    () => marksOf(JSON.parse(key) as string[], alerts.data?.alerts ?? [], processes.data?.processes ?? [], crashesOf),
    [key, alerts.data, processes.data, crashesOf],
  );
}

/** Where every service lies. A refresh moves none; a new one finds a place beside the others. */
function usePlaces({ nodes, edges }: ServiceMapAnswer): { places: ReadonlyMap<string, Point>; rearrange: () => void } {
  const [round, setRound] = useState(0);
  const names = JSON.stringify(nodes.map(({ service }) => service).sort());
  const places = useMemo(() => {
    const services = JSON.parse(names) as string[];
    if (services.some((service) => !remembered.has(service))) remembered = new Map([...remembered, ...arrange(services, edges, remembered)]);
    return new Map(services.map((service) => [service, remembered.get(service) as Point]));
    // Calls that come and go move nothing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [names, round]);
  const rearrange = () => {
    remembered = new Map();
    setRound((value) => value + 1);
  };
  return { places, rearrange };
}

function NoServices() {
  return (
    <Card>
      <Empty title="No service sent spans in this range" command="OTEL_SERVICE_NAME=shop OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 python shop.py">
        Choose a longer range, or send traces with any OpenTelemetry SDK:
      </Empty>
    </Card>
  );
}
