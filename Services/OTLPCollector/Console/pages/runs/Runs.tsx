// Runs of workflows: the list, or the one that the path names.

import { usePath } from "../../state/router";
import { RunPage } from "./RunPage";
import { RunsList } from "./RunsList";
import "./runs.css";

export default function Runs() {
  const [, id] = usePath();
  return id === undefined ? <RunsList /> : <RunPage key={id} id={id} />;
}
