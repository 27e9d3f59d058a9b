// Traces.

import { Page } from "../../components/Page";

export default function Traces() {
  return <Page title="Traces">{null}</Page>;
}
