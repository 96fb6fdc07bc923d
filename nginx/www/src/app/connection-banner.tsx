import { CloudOff, Hourglass } from "lucide-react";
import { useEffect, useState } from "react";
import { connection } from "../data/connection";
import { outbox } from "../data/outbox";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import s from "./app.module.css";

const AFTER_MS = 3000;

/** Short gaps are nobody's business; after three seconds people learn that their work waits here. */
export function ConnectionBanner() {
  const { reachable, lostAt, busySince } = useStore(connection);
  const since = reachable ? busySince : lostAt;
  const waiting = useStore(outbox, (entries) => entries.filter((entry) => !entry.notBefore).length);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (since === 0) return setShown(false);
    const timer = setTimeout(() => setShown(true), Math.max(0, since + AFTER_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [since]);
  return (
    <div role="status" className={shown ? s.banner : undefined}>
      {shown && (
        <>
          {reachable ? <Hourglass size={16} aria-hidden /> : <CloudOff size={16} aria-hidden />}
          {reachable ? t("The server is busy. {count, plural, =0 {Changes are kept here and sent as soon as it can.} one {# change waits to be sent.} other {# changes wait to be sent.}}", { count: waiting }) : t("No connection. {count, plural, =0 {Changes are kept here and sent later.} one {# change waits to be sent.} other {# changes wait to be sent.}}", { count: waiting })}
        </>
      )}
    </div>
  );
}
