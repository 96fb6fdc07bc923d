/**
 * Pages that links from mails open. The link's secret stands in the fragment, which browsers send to no server; it is taken out of the
 * address bar and kept in the entry of the tab's history, so that a reload still has it. Nothing happens without a press of the button:
 * programs that look through mails open links, and some run the page's scripts.
 */
import { useEffect, useState, type ReactNode } from "react";
import { api, ApiError, explain } from "../api/client";
import { t } from "../lib/i18n";
import { Outside } from "../screens/outside";
import s from "../screens/screens.module.css";
import { Button, Notice } from "../ui/parts";

interface Kept {
  mailedToken?: string;
}

/** A link that was opened: each opening is another, also of the same link. */
export interface MailedToken {
  text: string;
}

function takeToken(): MailedToken | null {
  const found = /^#token=([^&]+)$/.exec(location.hash)?.[1];
  if (found) history.replaceState({ mailedToken: found } satisfies Kept, "", location.pathname + location.search);
  const text = found ?? (history.state as Kept | null)?.mailedToken;
  return text ? { text } : null;
}

/** The secret of the link that opened this page, and how to forget it once it is used. */
export function useMailedToken(): [token: MailedToken | null, forget: () => void] {
  const [token, setToken] = useState(takeToken);
  useEffect(() => {
    // Another link of the kind, opened in the same tab, changes nothing but the fragment.
    const another = () => setToken(takeToken());
    addEventListener("hashchange", another);
    return () => removeEventListener("hashchange", another);
  }, []);
  return [token, () => history.replaceState(null, "", location.pathname + location.search)];
}

/** The link was used, has expired, was replaced by a later one, or was never ours. */
export const linkIsSpent = (error: unknown) => error instanceof ApiError && "token" in error.fieldErrors;

export function BrokenLink({ children }: { children: ReactNode }) {
  return (
    <Outside title={t("This link is not complete")}>
      <p>{t("Its last part is missing. Open it from the mail once more, or copy the whole of it, to the last letter.")}</p>
      {children}
    </Outside>
  );
}

interface MailedLinkProps<T> {
  title: string;
  /** What will happen, before the button is pressed. */
  children: ReactNode;
  button: string;
  danger?: boolean;
  address: string;
  /** The secret goes with the address, as mail programs send it too. */
  inQuery?: boolean;
  /** Runs once the server has done it, before `done` is shown. */
  after?: () => Promise<void>;
  doneTitle: string;
  done: ReactNode | ((answer: T) => ReactNode);
  /** The way on when the link is no longer good. */
  again: ReactNode;
}

export function MailedLink<T>({ title, children, button, danger = false, address, inQuery = false, after, doneTitle, done, again }: MailedLinkProps<T>) {
  const [token, forget] = useMailedToken();
  const [state, setState] = useState<"ready" | "busy" | "done" | "spent">("ready");
  const [failed, setFailed] = useState<string | null>(null);
  const [answer, setAnswer] = useState<T | null>(null);
  useEffect(() => setState("ready"), [token]);
  const act = async () => {
    setState("busy");
    setFailed(null);
    try {
      const named = { token: token?.text };
      setAnswer(await (inQuery ? api.post<T>(address, {}, { query: named, anonymous: true }) : api.post<T>(address, named, { anonymous: true })));
      forget();
      await after?.().catch(() => undefined); // the link has done its work, whatever this comes to
      setState("done");
    } catch (error) {
      if (linkIsSpent(error)) forget();
      else setFailed(explain(error));
      setState(linkIsSpent(error) ? "spent" : "ready");
    }
  };
  if (state === "done") return <Outside title={doneTitle}>{typeof done === "function" ? done(answer as T) : done}</Outside>;
  if (state === "spent") {
    return (
      <Outside title={t("This link is no longer good")}>
        <p role="status">{t("It was used already, has expired, or a later one has taken its place.")}</p>
        {again}
      </Outside>
    );
  }
  if (token === null) return <BrokenLink>{again}</BrokenLink>;
  return (
    <Outside title={title}>
      <div className={s.form}>
        {children}
        {failed && <Notice>{failed}</Notice>}
        <Button look={danger ? "danger" : "primary"} size="large" wide autoFocus disabled={state === "busy"} onClick={() => void act()}>
          {state === "busy" ? t("One moment…") : button}
        </Button>
      </div>
    </Outside>
  );
}
