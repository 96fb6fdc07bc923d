/** Where the person is signed in. */
import { useQuery } from "@tanstack/react-query";
import { Monitor, Smartphone } from "lucide-react";
import { useState } from "react";
import { api, ApiError, explain } from "../api/client";
import { signOut } from "../api/session";
import type { SessionRow, User } from "../api/types";
import { saveProfile } from "../data/profile";
import { refetch, sessionsQuery } from "../data/resources";
import { ago, longDate } from "../lib/dates";
import { deviceName, isHandheld } from "../lib/device";
import { t } from "../lib/i18n";
import { RowsSkeleton } from "../screens/page";
import s from "../screens/screens.module.css";
import { Confirm } from "../ui/overlays";
import { Badge, Button, Failed } from "../ui/parts";
import { toast } from "../ui/toasts";
import { Section } from "./parts";
import a from "./account.module.css";

const complain = (error: unknown) => void toast({ text: explain(error), tone: "danger" });

/** One that has ended meanwhile is what was wanted. */
async function end(id: string): Promise<void> {
  await api.delete(`/auth/sessions/${id}`).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  });
}

async function endAll(rows: SessionRow[]): Promise<void> {
  try {
    for (const row of rows) await end(row.id);
    toast({ text: rows.length === 1 ? t("{device} is signed out.", { device: deviceName(rows[0]!.user_agent) }) : t("{count} devices are signed out.", { count: rows.length }) });
  } catch (error) {
    complain(error);
  }
  await refetch("sessions");
}

function DeviceRow({ row, onEnd }: { row: SessionRow; onEnd(): void }) {
  const Icon = isHandheld(row.user_agent) ? Smartphone : Monitor;
  const name = deviceName(row.user_agent);
  return (
    <li className={s.memberRow}>
      <Icon size={20} aria-hidden className={a.quiet} />
      <div className={s.memberWho}>
        <span className={s.memberName} title={row.user_agent}>{name}{row.current && <Badge>{t("this device")}</Badge>}</span>
        <span className={s.memberMail}>{[row.place ? (row.ip ? `${row.place} (${row.ip})` : row.place) : row.ip, row.current ? t("in use now") : t("last seen {when}", { when: ago(row.last_seen_at) }), t("signed in {when}", { when: ago(row.created_at) })].filter(Boolean).join(" · ")}</span>
      </div>
      <Button size="small" onClick={onEnd} title={t("Signed in {when}", { when: longDate(row.created_at) })}>{t("Sign out")}<span className="visually-hidden"> {name}</span></Button>
    </li>
  );
}

/** Whether a mail tells of a sign-in from a device or network that wasn't used before. It is, unless the person said no. */
function MailAboutNew({ user }: { user: User }) {
  const saved = user.preferences?.notifications?.new_sign_in !== false;
  const [wanted, setWanted] = useState(saved);
  const save = (next: boolean) => {
    setWanted(next);
    saveProfile({ preferences: { notifications: { new_sign_in: next ? null : false } } }).then(
      () => toast({ text: t("Saved.") }),
      (error: unknown) => {
        setWanted(!next);
        complain(error);
      },
    );
  };
  return (
    <label className={s.checkLine}>
      <input type="checkbox" checked={wanted} onChange={(event) => save(event.target.checked)} />
      {t("Mail me when somebody signs in from a device or network that I haven’t used before")}
    </label>
  );
}

/** What is asked before anything ends: one device, all others, or all. */
type Asking = { rows: SessionRow[] } | "all" | null;

function Question({ asking, close }: { asking: Asking; close(): void }) {
  const rows = asking && asking !== "all" ? asking.rows : [];
  const one = rows.length === 1 ? rows[0] : undefined;
  const own = asking === "all" || one?.current === true;
  const title = asking === "all" ? t("Sign out everywhere?") : one ? t("Sign out {device}?", { device: deviceName(one.user_agent) }) : t("Sign out {count} other devices?", { count: rows.length });
  const text = asking === "all"
    ? t("Every device, this one too, has to sign in again.")
    : own ? t("This is the device that you are using: you have to sign in again.") : t("{count, plural, one {It has} other {They have}} to sign in again. What was not sent yet waits there.", { count: rows.length });
  const go = () => void (asking === "all" ? signOut(true).catch(complain) : own ? signOut().catch(complain) : endAll(rows));
  return <Confirm title={title} text={text} yes={t("Sign out")} open={asking !== null} onClose={close} onYes={go} />;
}

export function Devices({ user }: { user: User }) {
  const sessions = useQuery(sessionsQuery);
  const [asking, setAsking] = useState<Asking>(null);
  const rows = sessions.data ?? [];
  const others = rows.filter((row) => !row.current);
  const sorted = [...rows.filter((row) => row.current), ...others];
  return (
    <Section title={t("Devices")} about={t("Where you are signed in. Don’t know one? Sign it out and change your password.")}>
      {sessions.isPending && <RowsSkeleton rows={2} />}
      {sessions.isError && !sessions.data && <Failed what={explain(sessions.error)} retry={() => void sessions.refetch()} />}
      <ul className={s.devices}>
        {sorted.map((row) => <DeviceRow key={row.id} row={row} onEnd={() => setAsking({ rows: [row] })} />)}
      </ul>
      <div className={a.buttons}>
        {others.length > 0 && <Button look="danger" onClick={() => setAsking({ rows: others })}>{t("Sign out {count, plural, one {the other device} other {# other devices}}", { count: others.length })}</Button>}
        <Button onClick={() => setAsking("all")}>{t("Sign out everywhere")}</Button>
      </div>
      <MailAboutNew user={user} />
      <Question asking={asking} close={() => setAsking(null)} />
    </Section>
  );
}
