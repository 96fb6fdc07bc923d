/** Where the link at the end of a notification by mail leads: nothing happens until the button is pressed. */
import { Link } from "wouter";
import type { Unsubscribed } from "../api/types.gen";
import { t } from "../lib/i18n";
import { newsName } from "../notifications/words";
import s from "../screens/screens.module.css";
import { MailedLink } from "./mailed-link";
import { Onward } from "./parts";

const Choose = () => <p className={s.outsideMore}><Link href="/settings/notifications" className={s.link}>{t("Choose what you are told, and how")}</Link></p>;

export default function Unsubscribe() {
  return (
    <MailedLink<Unsubscribed>
      title={t("No more of these mails?")} button={t("Stop these mails")} address="/unsubscribe" inQuery doneTitle={t("These mails have stopped")}
      done={({ type, label }) => (
        <>
          <p>{type === "digest" ? t("You get no more summaries by mail, and no mails of what would be in them.") : <>{t("You get no more mails of this kind:")} <strong>{newsName(type, label)}</strong>.</>}</p>
          <p>{t("In the app you are told all the same, and you can have the mails again at any time.")}</p>
          <Onward href="/settings/notifications">{t("Choose what you are told, and how")}</Onward>
        </>
      )}
      again={
        <>
          <p>{t("You can switch the mails off in your settings.")}</p>
          <Onward href="/settings/notifications">{t("Choose what you are told, and how")}</Onward>
        </>
      }
    >
      <p>{t("The button switches off mails of this kind. What else you are told, in the app or by mail, stays as it is.")}</p>
      <Choose />
    </MailedLink>
  );
}
