/** Ends a lock that wrong passwords have brought about. */
import { t } from "../lib/i18n";
import s from "../screens/screens.module.css";
import { Link } from "wouter";
import { MailedLink } from "./mailed-link";
import { Onward } from "./parts";

export default function Unlock() {
  return (
    <MailedLink
      title={t("Unlock your account")} button={t("Unlock my account")} address="/auth/unlock"
      doneTitle={t("Your account is unlocked")}
      done={
        <>
          <p>{t("You can sign in at once. If it was not you who tried, and your password is short or used elsewhere, a new one is wise.")}</p>
          <Onward href="/sign-in">{t("Sign in")}</Onward>
          <p className={s.outsideMore}><Link href="/forgot-password" className={s.link}>{t("Ask for a new password")}</Link></p>
        </>
      }
      again={
        <>
          <p>{t("The lock may have ended by itself: try to sign in. A new password unlocks the account, too.")}</p>
          <Onward href="/sign-in">{t("Sign in")}</Onward>
          <p className={s.outsideMore}><Link href="/forgot-password" className={s.link}>{t("Ask for a new password")}</Link></p>
        </>
      }
    >
      <p>{t("Several wrong passwords were tried, so signing in is locked for a while. Your password was not changed, and nobody got in.")}</p>
    </MailedLink>
  );
}
