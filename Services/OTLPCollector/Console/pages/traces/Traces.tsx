// Traces: the list at /traces, one of them at /traces/{id}.

import "./traces.css";
import { usePath } from "../../state/router";
import { TraceList } from "./TraceList";
import { TraceView } from "./TraceView";

export default function Traces() {
  const [, id] = usePath();
  return id === undefined ? <TraceList /> : <TraceView key={id} id={id} />;
}
