/** Why a sign-in is refused, in words. */
import { ApiError, explain } from "../api/client";
import { locale, t } from "../lib/i18n";

const clock = (time: number) => new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(time);

function lockWords(seconds: number | null): string {
  const minutes = Math.ceil((seconds ?? 60) / 60);
  return t("Too many wrong passwords: signing in is locked until {time}, for {minutes, plural, one {# minute} other {# minutes}}.", {
    time: clock(Date.now() + (seconds ?? 60) * 1000), minutes,
  });
}

export function signInWords(error: unknown): string {
  if (!(error instanceof ApiError)) return explain(error);
  if (error.code === "invalid_credentials") return t("The e-mail or the password is wrong.");
  if (error.code === "email_not_verified") return t("The address isn’t confirmed yet. Open the link in the mail “Confirm your e-mail address” that we sent to it.");
  if (error.code === "account_suspended") return t("This account was suspended. Please ask those who run this installation.");
  if (error.code === "account_locked") return lockWords(error.retryAfter);
  return explain(error);
}
