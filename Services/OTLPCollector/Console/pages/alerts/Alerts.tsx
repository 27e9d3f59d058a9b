// Alerts.

import { Page } from "../../components/Page";

export default function Alerts() {
  return <Page title="Alerts">{null}</Page>;
}
