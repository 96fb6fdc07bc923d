/** The recovery codes, shown once: to copy, to download, to print, and to be kept before anything else. */
import { Download, Printer } from "lucide-react";
import { useEffect, useRef } from "react";
import { session } from "../api/session";
import { t } from "../lib/i18n";
import { saveFile } from "../lib/save-file";
import s from "../screens/screens.module.css";
import { Button, cx } from "../ui/parts";
import { CopyButton } from "./copy";
import a from "./account.module.css";

const whose = () => t("Recovery codes of {email} at {host}", { email: session.get().user?.email ?? "", host: location.host });

function asText(codes: readonly string[]): string {
  return [whose(), t("Each works once, in place of a code of the authenticator."), "", ...codes, ""].join("\n");
}

export function RecoveryCodes({ codes, done }: { codes: readonly string[]; done(): void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, []);
  return (
    <section className={cx(s.section, a.made, a.printed)} aria-label={t("Recovery codes")}>
      <div className={a.sectionHead}>
        <h2 ref={heading} tabIndex={-1} className={a.title}>{t("Keep these recovery codes")}</h2>
        <p className={s.muted}>{t("If your phone is lost, one of them lets you in, each once. Keep them where you keep passwords, not on the same phone. They can’t be shown again.")}</p>
      </div>
      <p className={a.forPrint}>{whose()}</p>
      <ol className={a.codes}>{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ol>
      <div className={cx(a.buttons, a.unprinted)}>
        <CopyButton text={codes.join("\n")} label={t("Copy")} />
        <Button onClick={() => saveFile("karara-recovery-codes.txt", "text/plain", asText(codes))}><Download size={16} aria-hidden />{t("Download")}</Button>
        <Button onClick={() => print()}><Printer size={16} aria-hidden />{t("Print")}</Button>
        <Button look="primary" onClick={done}>{t("I have kept them")}</Button>
      </div>
    </section>
  );
}
