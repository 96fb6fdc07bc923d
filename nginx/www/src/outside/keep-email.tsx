/** The way out for somebody whose account is being taken away: mailed to the old address when a new one is asked for. */
import { outlived } from "../api/session";
import { t } from "../lib/i18n";
import s from "../screens/screens.module.css";
import { MailedLink } from "./mailed-link";
import { Onward } from "./parts";

export default function KeepEmail() {
  return (
    <MailedLink
      title={t("Keep your e-mail address")} button={t("Keep my address")} danger address="/auth/keep-email" after={async () => void (await outlived())}
      doneTitle={t("Your address is kept")}
      done={
        <>
          <p>{t("Everybody is signed out, and the old password opens nothing any more. We have mailed you “Set a new password”: with its link you choose one, and are back in.")}</p>
          <Onward href="/sign-in">{t("To the sign-in")}</Onward>
        </>
      }
      again={
        <>
          <p>{t("If you can’t sign in as always, ask for a new password: that works with the address that your account has now.")}</p>
          <Onward href="/forgot-password">{t("Ask for a new password")}</Onward>
        </>
      }
    >
      <p>{t("Somebody who knows your password has asked to give your account another address.")}</p>
      <ul className={s.bullets}>
        <li>{t("Was it you? Then there is nothing to do here: close this page.")}</li>
        <li>{t("Was it not? Keep your address. The change is undone, everybody is signed out, the password becomes void, and we mail you a link for a new one.")}</li>
      </ul>
    </MailedLink>
  );
}
