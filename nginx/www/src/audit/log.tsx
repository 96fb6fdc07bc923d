/** The audit log as people read it: a sentence for each entry, with what changed and where it came from. Of a brand or of the platform. */
import { ChevronDown, ChevronRight, Download } from "lucide-react";
import { useCallback, useId, useState, type ReactNode } from "react";
import { explain, requestTable, type RequestOptions } from "../api/client";
import type { AuditEntry, PlatformAuditEntry } from "../api/types.gen";
import { usePaged } from "../data/paged";
import { useAddress } from "../lib/address";
import { announce } from "../lib/announce";
import { zoneNote } from "../lib/dates";
import { locale, t } from "../lib/i18n";
import { fromWall, userZone } from "../lib/zone";
import { deviceName } from "../lib/device";
import { saveFile } from "../lib/save-file";
import { Button, Empty } from "../ui/parts";
import { DateFilter, Filters, foundIn, Listing, SelectFilter, State } from "../ui/table";
import { toast } from "../ui/toasts";
import { changesOf, type Names } from "./diff";
import { actionChoices, actionWords, happensByItself, kindChoices, kindWords } from "./words";
import s from "./audit.module.css";

type Entry = AuditEntry & Partial<Pick<PlatformAuditEntry, "brand_id" | "brand_name">>;

const FIELDS = ["actor", "action", "kind", "result", "from", "until"] as const;
const NAMES = ["actor", "action", "kind", "id", "result", "from", "until", "request", "brand"] as const;

export function exactTime(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: userZone() }).format(new Date(iso));
}

/** The moment at which this day begins for the reader; "" for what is no day. */
function dayBegins(day: string | undefined, later = 0): string | undefined {
  const [year, month, date] = (day ?? "").split("-").map(Number);
  if (!year || !month || !date) return undefined;
  return fromWall({ year, month, day: date + later, hour: 0, minute: 0 }, userZone()).toISOString();
}

function Changes({ entry, names }: { entry: Entry; names: Names }) {
  const changes = changesOf(entry.before, entry.after, names, exactTime);
  if (changes.length === 0) return null;
  const arrow = <span aria-hidden> → </span>;
  return (
    <dl className={s.changes}>
      {changes.map(({ label, from, to }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {from !== null && <del><span className="visually-hidden">{t("was")} </span>{from}</del>}
            {from !== null && to !== null && arrow}
            {to !== null && <ins><span className="visually-hidden">{t("is")} </span>{to}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Copyable({ label, text }: { label: string; text: string }) {
  const copy = () => void navigator.clipboard.writeText(text).then(() => announce(t("Copied."), "polite"), () => announce(t("Copying is not possible here.")));
  return <span className={s.copyable}><code>{text}</code><Button look="quiet" size="small" onClick={copy}>{t("Copy")}<span className="visually-hidden"> {label}</span></Button></span>;
}

function Details({ entry }: { entry: Entry }) {
  const raw = JSON.stringify({ before: entry.before, after: entry.after }, null, 2);
  return (
    <div className={s.details}>
      <dl className={s.facts}>
        <div><dt>{t("IP address")}</dt><dd>{entry.ip || t("unknown")}</dd></div>
        <div><dt>{t("Device")}</dt><dd>{deviceName(entry.user_agent)}</dd></div>
        <div><dt>{t("Action")}</dt><dd><code>{entry.action}</code></dd></div>
        <div><dt>{kindWords(entry.resource_type)}</dt><dd>{entry.resource_id ? <Copyable label={t("the id")} text={entry.resource_id} /> : t("none")}</dd></div>
        <div><dt>{t("Request id")}</dt><dd>{entry.request_id ? <Copyable label={t("the request id")} text={entry.request_id} /> : t("none")}</dd></div>
      </dl>
      {(entry.before || entry.after) && (
        <details className={s.raw}>
          <summary>{t("As it is stored")}</summary>
          <pre tabIndex={0} aria-label={t("The entry as JSON")}>{raw}</pre>
        </details>
      )}
    </div>
  );
}

function what(entry: Entry): string {
  const own = entry.actor_id !== null && entry.actor_id === entry.resource_id;
  const name = entry.resource_name ?? (entry.before?.["name"] as string | undefined);
  return name && !own ? `${actionWords(entry.action)}: ${name}` : actionWords(entry.action);
}

function Row({ entry, names }: { entry: Entry; names: Names }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const Arrow = open ? ChevronDown : ChevronRight;
  const who = entry.actor_name ?? (entry.resource_type === "user" && entry.resource_name) ?? "";
  const itself = happensByItself(entry.action);
  return (
    <li className={s.entry}>
      <time className={s.when} dateTime={entry.created_at}>{exactTime(entry.created_at)}</time>
      <div className={s.what}>
        <p><strong>{who || (entry.actor_id ? t("Somebody who is gone") : itself ? t("Karara") : t("Somebody unknown"))}</strong> {entry.actor_name || itself ? what(entry) : actionWords(entry.action)}</p>
        {entry.outcome === "failure" && <State tone="bad">{t("Refused")}</State>}
        {entry.brand_name && <span className={s.where}>{t("Brand: {name}", { name: entry.brand_name })}</span>}
        <Changes entry={entry} names={names} />
        {open && <div id={id}><Details entry={entry} /></div>}
      </div>
      <button type="button" className={s.open} aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
        <Arrow size={16} aria-hidden />{t("Details")}
        <span className="visually-hidden"> {t("of what was done {when}", { when: exactTime(entry.created_at) })}</span>
      </button>
    </li>
  );
}

interface AuditLogProps {
  /** Begins the cache's key. */
  scope: string;
  path: string;
  /** The platform's log: nobody to choose from, entries may name a brand. */
  platform?: boolean;
  /** The filter by who did it, where there are people to choose from. */
  who?: (value: string, onChange: (id: string) => void) => ReactNode;
  names: Names;
  empty: ReactNode;
}

/** What the filters show, as a file for a spreadsheet. Some of them take UTF-8 for it only with a mark at the start. */
function TableButton({ path, query, count }: { path: string; query: NonNullable<RequestOptions["query"]>; count: number | null }) {
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      saveFile(`audit-${new Date().toISOString().slice(0, 10)}.csv`, "text/csv", "\ufeff", await requestTable(path, query));
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
    setBusy(false);
  };
  if (!count) return null;
  return <Button size="small" className={s.download} disabled={busy} onClick={() => void download()}><Download size={15} aria-hidden />{busy ? t("One moment…") : t("Download as CSV")}</Button>;
}

const counted = (count: number) => t("{count, plural, one {# entry} other {# entries}}", { count });

export function AuditLog({ scope, path, platform = false, who, names, empty }: AuditLogProps) {
  const address = useAddress(NAMES);
  const { values, set } = address;
  const query = {
    actor_id: values.actor, action: values.action, resource_type: values.kind, resource_id: values.id, outcome: values.result, request_id: values.request,
    ...(platform ? { brand_id: values.brand } : {}), "created_at[gte]": dayBegins(values.from), "created_at[lt]": dayBegins(values.until, 1),
  };
  const list = usePaged<Entry>([scope, "audit"], path, query);
  const choose = useCallback((name: (typeof NAMES)[number]) => (value: string) => set({ [name]: value }), [set]);
  const narrowed = (["id", "request", "brand"] as const).filter((name) => values[name] && (name !== "brand" || platform));
  return (
    <>
      <Filters filtered={address.filtered} onClear={address.clear} active={address.count(FIELDS)} found={foundIn(list, counted)}>
        {who?.(values.actor ?? "", choose("actor"))}
        <SelectFilter label={t("What was done")} value={values.action ?? ""} options={actionChoices(!platform)} onChange={choose("action")} />
        <SelectFilter label={t("To what")} value={values.kind ?? ""} options={kindChoices(!platform)} onChange={choose("kind")} />
        <SelectFilter label={t("Result")} value={values.result ?? ""} options={[["success", t("Done")], ["failure", t("Refused")]]} onChange={choose("result")} />
        <DateFilter label={t("From")} value={values.from ?? ""} onChange={choose("from")} />
        <DateFilter label={t("Until")} value={values.until ?? ""} onChange={choose("until")} />
      </Filters>
      {narrowed.map((name) => (
        <p key={name} className={s.narrowed}>
          {name === "request" ? t("Only what one request did.") : name === "brand" ? t("Only what was done to one brand.") : t("Only what was done to one of them.")}{" "}
          <Button look="quiet" size="small" onClick={() => set({ [name]: null })}>{t("Show all")}</Button>
        </p>
      ))}
      <Listing
        list={list} filtered={address.filtered} onClear={address.clear} empty={empty} counted={counted}
        beside={(
          <>
            {zoneNote() && <p className={s.zone}>{t("Times are those of {zone}.", { zone: userZone() })}</p>}
            <TableButton path={path} query={query} count={list.count} />
          </>
        )}
      >
        <ol className={s.log}>{list.rows.map((entry) => <Row key={entry.id} entry={entry} names={names} />)}</ol>
      </Listing>
    </>
  );
}

export const nothingYet = () => <Empty title={t("Nothing yet")}>{t("Every change of access is written down here, with who made it and from where.")}</Empty>;
