// ServiceMap.

import { Page } from "../../components/Page";

export default function ServiceMap() {
  return <Page title="ServiceMap">{null}</Page>;
}
