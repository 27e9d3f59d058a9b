// Alerts, and who receives them by which rules.

import { Page } from "../../components/Page";
import { Tabs } from "../../components/Tabs";
import { href, useQuery } from "../../state/router";
import { AlertsView } from "./AlertsView";
import { ManagersView } from "./managers/ManagersView";
import { RulesView } from "./rules/RulesView";
import "./alerts.css";

export default function Alerts() {
  const [query] = useQuery();
  const view = query.get("view");
  const isManagers = view === "managers";
  const isRules = view === "rules";
  return (
    <Page title={isManagers ? "Event managers" : isRules ? "Grouping rules" : "Alerts"}>
      <Tabs
        label="Views of alerts"
        tabs={[
          { title: "Alerts", href: href(["alerts"]), isCurrent: !isManagers && !isRules },
          { title: "Managers", href: href(["alerts"], { view: "managers" }), isCurrent: isManagers },
          { title: "Rules", href: href(["alerts"], { view: "rules" }), isCurrent: isRules },
        ]}
      />
      {isManagers ? <ManagersView /> : isRules ? <RulesView /> : <AlertsView />}
    </Page>
  );
}
