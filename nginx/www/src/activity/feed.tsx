/** A list of what happened: who, what, when; small steps behind one line. */
import { ChevronRight, Cog } from "lucide-react";
import { useState, type ReactNode } from "react";
import type { Activity } from "../api/types";
import { agoWithin, longDate, shortDay } from "../lib/dates";
import { t } from "../lib/i18n";
import { Avatar, Button, Failed, Skeleton } from "../ui/parts";
import { useActivity } from "./data";
import { byDay, isSmall, tell, type Detail } from "./words";
import s from "./activity.module.css";

interface FeedProps {
  path: string;
  news: unknown;
  /** What an entry is about, as it stands in a sentence. */
  thing(entry: Activity): ReactNode;
  empty: string;
  /** Of the days' headings. */
  level: 3 | 4;
}

function Details({ rows }: { rows: Detail[] }) {
  return (
    <dl className={s.details}>
      {rows.map((row) => (
        <div key={row.label}>
          <dt>{row.label}</dt>
          <dd>{row.from && <><del>{row.from}</del> <span aria-hidden>→</span> </>}<ins>{row.to}</ins></dd>
        </div>
      ))}
    </dl>
  );
}

function Entry({ entry, thing }: { entry: Activity; thing: FeedProps["thing"] }) {
  const { pieces, details } = tell(entry);
  const who = entry.actor?.name || t("Somebody");
  return (
    <li className={isSmall(entry) ? s.small : s.entry}>
      {entry.actor ? <Avatar person={entry.actor} size={24} /> : <span className={s.machine}><Cog size={14} aria-hidden /></span>}
      <div className={s.words}>
        <p>
          {pieces.map((piece, i) =>
            piece.kind === "who" ? <strong key={i}>{entry.actor ? who : "Karara"}</strong>
              : piece.kind === "thing" ? <span key={i}>{thing(entry)}</span> : <span key={i}>{piece.text}</span>)}
        </p>
        {details.length > 0 && <Details rows={details} />}
      </div>
      <time className={s.when} dateTime={entry.created_at} title={longDate(entry.created_at)}>{agoWithin(entry.created_at)}</time>
    </li>
  );
}

function SmallSteps({ entries, thing }: { entries: Activity[]; thing: FeedProps["thing"] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <li>
        <button type="button" className={s.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          <ChevronRight size={14} aria-hidden />
          {t("{count, plural, one {# small step} other {# small steps}}", { count: entries.length })}
        </button>
      </li>
      {open && entries.map((entry) => <Entry key={entry.id} entry={entry} thing={thing} />)}
    </>
  );
}

export function ActivityFeed({ path, news, thing, empty, level }: FeedProps) {
  const Heading = `h${level}` as const;
  const { entries, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useActivity(path, news);
  if (!entries) {
    if (error) return <Failed what={t("The activity could not be loaded.")} retry={() => void refetch()} />;
    return <div className={s.loading} role="status" aria-label={t("Loading the activity")}>{[70, 55, 62].map((width) => <Skeleton key={width} width={`${width}%`} height={20} />)}</div>;
  }
  if (entries.length === 0) return <p className={s.none}>{empty}</p>;
  return (
    <div className={s.feed}>
      {byDay(entries, shortDay).map(({ day, rows }) => (
        <section key={day} aria-label={day}>
          <Heading className={s.day}>{day}</Heading>
          <ol className={s.list}>
            {rows.map((row) => row.entry
              ? <Entry key={row.entry.id} entry={row.entry} thing={thing} />
              : <SmallSteps key={row.small[0]!.id} entries={row.small} thing={thing} />)}
          </ol>
        </section>
      ))}
      {hasNextPage && <Button look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("Show older")}</Button>}
    </div>
  );
}
