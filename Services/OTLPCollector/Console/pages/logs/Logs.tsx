// Logs.

import { Page } from "../../components/Page";

export default function Logs() {
  return <Page title="Logs">{null}</Page>;
}
