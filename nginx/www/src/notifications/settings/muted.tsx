/** Tasks and boards of this brand that one isn't told of. */
import { useQuery } from "@tanstack/react-query";
import { BellOff } from "lucide-react";
import { Section } from "../../account/parts";
import a from "../../account/account.module.css";
import { explain } from "../../api/client";
import type { NotificationMute } from "../../api/types.gen";
import { useBrand, useBrandId } from "../../data/resources";
import { shortDate } from "../../lib/dates";
import { t } from "../../lib/i18n";
import screens from "../../screens/screens.module.css";
import { Button, Failed } from "../../ui/parts";
import { toast } from "../../ui/toasts";
import { mutesQuery, unmute } from "../mutes";

const kindName = (subject: string) => (subject === "board" ? t("Board") : t("Task"));

function Row({ row }: { row: NotificationMute }) {
  const name = row.title ?? t("something that is gone");
  const again = () => void unmute(row.subject, row.subject_id).then(() => toast({ text: t("You are told of {name} again.", { name }) }), (error: unknown) => toast({ text: explain(error), tone: "danger" }));
  return (
    <li className={screens.memberRow}>
      <BellOff size={18} aria-hidden className={a.quiet} />
      <div className={screens.memberWho}>
        <span className={screens.memberName}>{name}</span>
        <span className={screens.memberMail}>{row.until ? t("{kind}, until {when}", { kind: kindName(row.subject), when: shortDate(row.until) }) : kindName(row.subject)}</span>
      </div>
      <Button size="small" onClick={again}>{t("Tell me again")}<span className="visually-hidden"> {name}</span></Button>
    </li>
  );
}

export function MutedThings() {
  const brand = useBrandId();
  const name = useBrand()?.name ?? "";
  const mutes = useQuery({ ...mutesQuery(brand ?? "none"), enabled: brand !== null });
  if (!brand) return null;
  const rows = mutes.data ?? [];
  return (
    <Section title={t("Muted")} about={t("You are told nothing of these, in {brand}. A task is muted by the bell on its sheet, a board in its menu.", { brand: name })}>
      {mutes.isError && !mutes.data && <Failed what={explain(mutes.error)} retry={() => void mutes.refetch()} />}
      {mutes.data && rows.length === 0 && <p className={screens.muted}>{t("Nothing is muted.")}</p>}
      {rows.length > 0 && <ul className={screens.devices}>{rows.map((row) => <Row key={`${row.subject}-${row.subject_id}`} row={row} />)}</ul>}
    </Section>
  );
}
