/** What the pages before sign-in share: how to ask for a mail again, and the way on at the end of a page. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Link } from "wouter";
import { api, explain } from "../api/client";
import { t } from "../lib/i18n";
import { Button, Notice } from "../ui/parts";
import ui from "../ui/ui.module.css";
import { OUTSIDE_TITLE } from "../screens/outside";
import s from "../screens/screens.module.css";

/** Where one goes from here. What was pressed before is gone with its page, so the focus comes to it, and the heading is read with it. */
export function Onward({ href, children }: { href: string; children: ReactNode }) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => link.current?.focus(), []);
  return <Link ref={link} href={href} aria-describedby={OUTSIDE_TITLE} className={`${ui.button} ${ui.primary} ${ui.large} ${ui.wide}`}>{children}</Link>;
}

/** Asks for a mail once more. The server never says whether the address has an account, so neither does this. */
export function MailAgain({ address, email, label }: { address: string; email: string; label: string }) {
  const [state, setState] = useState<"idle" | "busy" | "sent">("idle");
  const [failed, setFailed] = useState<string | null>(null);
  const ask = async () => {
    setState("busy");
    setFailed(null);
    try {
      await api.post(address, { email }, { anonymous: true });
      setState("sent");
    } catch (error) {
      setFailed(explain(error));
      setState("idle");
    }
  };
  if (state === "sent") return <Notice good>{t("Asked for. A mail of this kind is sent at most every five minutes, so it may be the one that you have.")}</Notice>;
  return (
    <>
      {failed && <Notice>{failed}</Notice>}
      <Button size="large" wide disabled={state === "busy"} onClick={() => void ask()}>{label}</Button>
    </>
  );
}

/** What to look for in one's mailbox, and what comes then. */
export function MailSteps({ subject, then }: { subject: string; then: string }) {
  return (
    <ol className={s.numbered}>
      <li>{t("Look for the mail “{subject}”. It may take a minute, and may have been put with the spam.", { subject })}</li>
      <li>{t("Press the button in it, or copy its link into this browser.")}</li>
      <li>{then}</li>
    </ol>
  );
}
