// Processes.

import { Page } from "../../components/Page";

export default function Processes() {
  return <Page title="Processes">{null}</Page>;
}
