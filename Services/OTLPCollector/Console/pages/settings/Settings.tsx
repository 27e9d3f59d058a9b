// How the suite itself is, what waits in dead-letter files, what is kept, and how to get rid of it.

import { Page } from "../../components/Page";
import { DangerZone } from "./DangerZone";
import { DeadLetters } from "./DeadLetters";
import { Fleet } from "./Fleet";
import { Storage } from "./Storage";
import "./settings.css";

export default function Settings() {
  return (
    <Page title="Settings">
      <Fleet />
      <DeadLetters />
      <Storage />
      <DangerZone />
    </Page>
  );
}
