/** The installation at a glance: whether it is well, and its figures with what they mean. */
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import { explain } from "../api/client";
import type { HealthDetailed } from "../api/types.gen";
import { locale, t, within } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { Button, Failed } from "../ui/parts";
import { State } from "../ui/table";
import { healthQuery, jobStatsQuery, mailHealthQuery, statsQuery, type Stats } from "./data";
import { verdict } from "./job-parts";
import { BRAND_STATUSES, bytes, milliseconds, number, planName, PLANS, span, statusName, USER_STATUSES } from "./words";
import s from "./admin.module.css";

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

/** "12 active, 1 pending" */
function split(counts: Record<string, number>, order: readonly string[], name: (key: string) => string): string {
  return order.filter((key) => counts[key]).map((key) => `${number(counts[key]!)} ${name(key)}`).join(", ");
}

/* ---- health ---- */

function summary(h: HealthDetailed): [tone: "good" | "warn" | "bad", words: string] {
  if (h.status === "ok") return ["good", t("Everything that Karara stands on answers.")];
  if (h.status === "degraded") return ["warn", t("The cache does not answer, so access is worked out anew for each request.")];
  return ["bad", t("Something that Karara needs does not answer. Look at the server's logs, or run kararactl check there.")];
}

function JobsWords() {
  const stats = useQuery(jobStatsQuery);
  if (!stats.data) return stats.isError ? explain(stats.error) : t("One moment…");
  const [tone, words] = verdict(stats.data.queues);
  return tone === "good" ? words : <State tone={tone}>{words}</State>;
}

/** How mails go out, in a sentence; what failed is a click away. */
function MailWords() {
  const health = useQuery(mailHealthQuery);
  if (!health.data) return health.isError ? explain(health.error) : t("One moment…");
  const h = health.data;
  const waits = span(h.lag_micros);
  const words = h.status === "off" ? t("No mail server is set: mails wait, and none is sent.")
    : h.status === "unavailable" ? t("None goes out; the first has waited for {time}: {error}", { time: waits, error: h.last_error ?? t("no attempt yet") })
    : h.status === "degraded" ? t("Some wait, the first for {time}: {error}", { time: waits, error: h.last_error ?? t("no attempt yet") })
    : h.due > 0 ? t("{count, plural, one {# waits} other {# wait}}, no longer than {time}.", { count: h.due, time: waits })
    : t("None waits.");
  const tone = h.status === "unavailable" ? "bad" : h.status === "degraded" || h.status === "off" ? "warn" : "plain";
  return (
    <>
      {tone === "plain" ? words : <State tone={tone}>{words}</State>}{" "}
      {h.failed_last_day > 0 && <><Link href="/admin/mails?status=failed" className={s.link}>{t("{count, plural, one {# failed} other {# failed}} within a day", { count: h.failed_last_day })}</Link>{" · "}</>}
      <Link href="/admin/mails" className={s.link}>{t("See the mails")}</Link>
    </>
  );
}

function Health() {
  const health = useQuery(healthQuery);
  if (health.isPending) return <RowsSkeleton rows={2} />;
  if (!health.data) return <Failed what={explain(health.error)} retry={() => void health.refetch()} />;
  const h = health.data;
  const [tone, words] = summary(h);
  const cache = h.cache_status === "off" ? t("None is set up. That costs time, nothing else.")
    : h.cache_status === "ok" ? t("Answers in {time}.", { time: milliseconds(h.cache_latency_micros) }) : t("Does not answer. That costs time, nothing else.");
  return (
    <>
      <p className={s.verdict}><State tone={tone}>{tone === "good" ? t("All is well.") : tone === "warn" ? t("It works, but more slowly.") : t("Out of order.")}</State> {words}</p>
      <dl className={s.facts}>
        <Fact name={t("Database")}>
          {t("Answers in {time}. PostgreSQL {version}, {count, plural, one {# connection} other {# connections}}.", { time: milliseconds(h.database_latency_micros), version: h.database_version, count: h.database_connections })}
        </Fact>
        <Fact name={t("Cache")}>{cache}</Fact>
        <Fact name={t("Jobs")}><JobsWords /> <Link href="/admin/jobs" className={s.link}>{t("See the jobs")}</Link></Fact>
        <Fact name={t("Mail")}><MailWords /></Fact>
        <Fact name={t("Karara")}>{t("Version {version}", { version: h.version })}</Fact>
      </dl>
    </>
  );
}

export const Fact = ({ name, children }: { name: string; children: ReactNode }) => <div><dt>{name}</dt><dd>{children}</dd></div>;

/* ---- figures ---- */

function Figure({ name, value, href, children }: { name: string; value: string; href?: string; children: ReactNode }) {
  return (
    <li className={s.figure}>
      <span className={s.figureName}>{href ? <Link href={href}>{name}</Link> : name}</span>
      <strong className={s.figureValue}>{value}</strong>
      <p className={s.figureWords}>{children}</p>
    </li>
  );
}

function Figures({ stats }: { stats: Stats }) {
  return (
    <ul className={s.figures}>
      <Figure name={t("Accounts")} value={number(total(stats.users_by_status))} href="/admin/users">
        {t("People with an account here: {split}.", { split: split(stats.users_by_status, USER_STATUSES, (key) => statusName(key).toLowerCase()) })}
      </Figure>
      <Figure name={t("Platform admins")} value={number(stats.platform_admins)} href="/admin/users?role=admin">
        {stats.platform_admins === 1 ? t("They alone run the installation. A second one is a way back if their account is lost.") : t("They run the installation: accounts, brands, mails. None reads a brand's data without belonging to it.")}
      </Figure>
      <Figure name={t("Brands")} value={number(total(stats.brands_by_status))} href="/admin/brands">
        {t("Places where people work together: {split}.", { split: split(stats.brands_by_status, BRAND_STATUSES, (key) => statusName(key).toLowerCase()) })}
      </Figure>
      <Figure name={t("Plans")} value={number(Object.values(stats.brands_by_plan).filter(Boolean).length)}>
        {t("Plans in use, by brand: {split}.", { split: split(stats.brands_by_plan, PLANS, (key) => within(planName(key))) })}
      </Figure>
      <Figure name={t("Devices signed in")} value={number(stats.sessions)}>
        {t("Browsers and programs that can act without signing in again.")}
      </Figure>
      <Figure name={t("Database")} value={bytes(stats.database_bytes)}>
        {t("What the data takes on the server's disk, without files and backups.")}
      </Figure>
    </ul>
  );
}

/* ---- activity ---- */

const dayName = (date: string) => new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));

function activityWords(days: Stats["events_by_day"]): string {
  const sum = days.reduce((n, day) => n + day.events, 0);
  if (sum === 0) return t("Nothing was changed in the last 14 days.");
  const most = days.reduce((a, b) => (b.events > a.events ? b : a));
  return t("{sum, plural, one {# change was} other {# changes were}} made in the last 14 days, most of them, {most}, on {day}.", { sum, most: number(most.events), day: dayName(most.date) });
}

function downloadCsv(days: Stats["events_by_day"]): void {
  const text = ["date,changes", ...days.map((day) => `${day.date},${day.events}`)].join("\r\n") + "\r\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "karara-activity.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const HEIGHT = 96;

function Bars({ days }: { days: Stats["events_by_day"] }) {
  const most = Math.max(1, ...days.map((day) => day.events));
  const step = 100 / days.length;
  return (
    <svg className={s.bars} viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
      {days.map((day, i) => {
        const height = day.events === 0 ? 1 : Math.max(3, (day.events / most) * HEIGHT);
        return <rect key={day.date} x={i * step + step * 0.15} width={step * 0.7} y={HEIGHT - height} height={height} rx="0.6" />;
      })}
    </svg>
  );
}

function Activity({ days }: { days: Stats["events_by_day"] }) {
  const [table, setTable] = useState(false);
  return (
    <section className={s.section}>
      <h2>{t("Activity")}</h2>
      <p>{activityWords(days)} <span className={s.muted}>{t("A day is counted in UTC.")}</span></p>
      <Bars days={days} />
      <div className={s.barEnds} aria-hidden><span>{days[0] && dayName(days[0].date)}</span><span>{days.length > 0 && dayName(days[days.length - 1]!.date)}</span></div>
      <div className={s.buttons}>
        <Button size="small" aria-expanded={table} onClick={() => setTable(!table)}>{table ? t("Hide the table") : t("Show as a table")}</Button>
        <Button size="small" onClick={() => downloadCsv(days)}><Download size={14} aria-hidden />{t("CSV")}</Button>
      </div>
      {table && (
        <table className={s.numbers}>
          <caption className="visually-hidden">{t("Changes by day")}</caption>
          <thead><tr><th scope="col">{t("Day")}</th><th scope="col">{t("Changes")}</th></tr></thead>
          <tbody>{days.map((day) => <tr key={day.date}><th scope="row">{dayName(day.date)}</th><td>{number(day.events)}</td></tr>)}</tbody>
        </table>
      )}
    </section>
  );
}

export function Overview() {
  const stats = useQuery(statsQuery);
  return (
    <Page title={t("Platform")}>
      <section className={s.section}><h2>{t("Health")}</h2><Health /></section>
      {stats.isPending && <RowsSkeleton rows={3} height={96} />}
      {stats.isError && !stats.data && <Failed what={explain(stats.error)} retry={() => void stats.refetch()} />}
      {stats.data && <Figures stats={stats.data} />}
      {stats.data && <Activity days={stats.data.events_by_day ?? []} />}
      <section className={s.section}>
        <h2>{t("Mails")}</h2>
        <p>{t("Every mail that goes out is kept in a list: confirmations, new passwords, warnings.")} <Link href="/admin/mails" className={s.link}>{t("See the mails")}</Link></p>
      </section>
    </Page>
  );
}
