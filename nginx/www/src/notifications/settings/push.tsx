/** News on the screen of a device while the app isn't open. The browser's question comes only after a press of the button. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { Section } from "../../account/parts";
import a from "../../account/account.module.css";
import { api, ApiError, explain, getAll } from "../../api/client";
import type { PushSubscription as Device } from "../../api/types.gen";
import { refetch } from "../../data/resources";
import { ago } from "../../lib/dates";
import { t } from "../../lib/i18n";
import screens from "../../screens/screens.module.css";
import { Badge, Button, Notice } from "../../ui/parts";
import { toast } from "../../ui/toasts";
import { pushState, subscribe, unsubscribe, type PushState } from "../push";
import { refetchWishes } from "./data";
import s from "./settings.module.css";

const stateQuery = queryOptions({ queryKey: ["push", "state"], queryFn: pushState, staleTime: 0, retry: false });
const devicesQuery = queryOptions({ queryKey: ["push", "devices"], queryFn: () => getAll<Device>("/notifications/subscriptions") });

const refetchPush = () => Promise.all([refetch("push"), refetchWishes()]);
const complain = (error: unknown) => void toast({ text: error instanceof DOMException ? t("The browser’s push service refused: {why}", { why: error.message }) : explain(error), tone: "danger" });

/** Why it can't be switched on here, and what can be done about it. */
function hindrance(state: PushState): string | null {
  if (state === "denied") return t("This browser was told not to show anything from here. Allow notifications in the site’s settings, beside the address, then come back.");
  if (state === "unsupported") return t("This browser can’t show notifications of web apps.");
  if (state === "install") return t("On iPhone and iPad it works once the app is on the home screen: Share, then “Add to Home Screen”.");
  if (state === "unavailable") return t("Push isn’t set up on this installation.");
  return null;
}

function Switch({ state }: { state: PushState }) {
  const [busy, setBusy] = useState(false);
  const why = hindrance(state);
  if (why) return <p className={s.note} role="status">{why}</p>;
  const change = async () => {
    setBusy(true);
    try {
      const next = await (state === "on" ? unsubscribe() : subscribe());
      if (next === "on") toast({ text: t("This browser shows your notifications now.") });
      else if (next === "off" && state === "on") toast({ text: t("This browser shows them no more.") });
    } catch (error) {
      complain(error);
    }
    await refetchPush();
    setBusy(false);
  };
  return <div><Button look={state === "on" ? "plain" : "primary"} disabled={busy} onClick={() => void change()}>{busy ? t("One moment…") : state === "on" ? t("Stop in this browser") : t("Show them in this browser")}</Button></div>;
}

function facts(device: Device): string {
  const used = device.last_used_at ? t("last message {when}", { when: ago(device.last_used_at) }) : t("no message yet");
  return [t("added {when}", { when: ago(device.created_at) }), used].join(" · ");
}

function DeviceRow({ device, here }: { device: Device; here: boolean }) {
  const test = () => api.post(`/notifications/subscriptions/${device.id}/test`).then(() => toast({ text: t("A message is on its way to {device}.", { device: device.device }) }), complain);
  const remove = async () => {
    try {
      if (here) await unsubscribe();
      else await api.delete(`/notifications/subscriptions/${device.id}`);
      toast({ text: t("{device} shows them no more.", { device: device.device }) });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) complain(error);
    }
    await refetchPush();
  };
  return (
    <li className={screens.memberRow}>
      <MonitorSmartphone size={20} aria-hidden className={a.quiet} />
      <div className={screens.memberWho}>
        <span className={screens.memberName}>{device.device}{here && <Badge>{t("this browser")}</Badge>}</span>
        <span className={screens.memberMail}>{facts(device)}</span>
        {device.failures > 0 && device.last_error && <span className={s.failed}>{t("The last message didn’t get there: {why}", { why: device.last_error })}</span>}
      </div>
      <span className={screens.memberActs}>
        <Button size="small" onClick={() => void test()}>{t("Send a test")}<span className="visually-hidden"> {device.device}</span></Button>
        <Button size="small" onClick={() => void remove()}>{t("Remove")}<span className="visually-hidden"> {device.device}</span></Button>
      </span>
    </li>
  );
}

export function Push() {
  const state = useQuery(stateQuery);
  const devices = useQuery(devicesQuery).data ?? [];
  return (
    <Section title={t("Push")} about={t("News on this device’s screen, also while the app isn’t open. Its text is encrypted on the way.")}>
      {state.isError && <Notice>{explain(state.error)}</Notice>}
      {state.data && <Switch state={state.data} />}
      {devices.length > 0 && <ul className={screens.devices} aria-label={t("Browsers that show your notifications")}>{devices.map((device) => <DeviceRow key={device.id} device={device} here={state.data === "on" && device.current} />)}</ul>}
    </Section>
  );
}
