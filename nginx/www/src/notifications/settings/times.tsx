/** When one is told: mails one by one or together, and hours in which nothing rings. All by the clock of one's own time zone. */
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { Section } from "../../account/parts";
import { t } from "../../lib/i18n";
import screens from "../../screens/screens.module.css";
import { Field, TextField } from "../../ui/parts";
import { save, type Digest, type Wishes } from "./data";
import s from "./settings.module.css";

const DIGESTS = (): [Digest, string, string][] => [
  ["off", t("At once"), t("Each by itself, unless you have read it in the app within two minutes.")],
  ["hourly", t("Every hour"), t("One mail with what came within the hour.")],
  ["daily", t("Once a day"), t("One mail a day.")],
  ["weekly", t("Once a week"), t("One mail a week.")],
];

const WEEKDAYS = () => [t("Monday"), t("Tuesday"), t("Wednesday"), t("Thursday"), t("Friday"), t("Saturday"), t("Sunday")];

/** Kept when it is complete and the field is left, so that half a time isn't sent. */
function TimeField({ label, value, onKeep }: { label: string; value: string; onKeep(value: string): void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const keep = () => (/^\d\d:\d\d$/.test(text) ? text !== value && onKeep(text) : setText(value));
  return <TextField label={label} type="time" required value={text} onChange={(event) => setText(event.target.value)} onBlur={keep} onKeyDown={(event) => event.key === "Enter" && keep()} />;
}

export function Mails({ wishes }: { wishes: Wishes }) {
  const { digest } = wishes;
  return (
    <Section title={t("E-mail")} about={<>{t("They go to")} <strong>{wishes.email.address}</strong>. {t("What can’t wait, such as a due date, is always mailed at once.")}</>}>
      {!wishes.email.sends && <p className={s.note}>{t("This installation sends no mails out: they can only be read by who runs it.")}</p>}
      <fieldset className={s.choices}>
        <legend>{t("Mail me")}</legend>
        {DIGESTS().map(([value, name, about]) => (
          <label key={value}>
            <input type="radio" name="digest" checked={digest === value} onChange={() => save({ digest: value })} />
            <span><strong>{name}</strong><span className={s.about}>{about}</span></span>
          </label>
        ))}
      </fieldset>
      {(digest === "daily" || digest === "weekly") && (
        <div className={screens.twin}>
          {digest === "weekly" && (
            <Field label={t("On")}>
              {(props) => (
                <select {...props} value={wishes.digest_weekday} onChange={(event) => save({ digest_weekday: Number(event.target.value) })}>
                  {WEEKDAYS().map((name, i) => <option key={name} value={i + 1}>{name}</option>)}
                </select>
              )}
            </Field>
          )}
          <TimeField label={t("At")} value={wishes.digest_time} onKeep={(digest_time) => save({ digest_time })} />
        </div>
      )}
    </Section>
  );
}

export function Quiet({ wishes }: { wishes: Wishes }) {
  const { quiet } = wishes;
  return (
    <Section title={t("Quiet hours")} about={t("Mails, push and SMS wait until they are over. In the app it is there at once, without a sound.")}>
      <label className={screens.checkLine}>
        <input type="checkbox" checked={quiet.enabled} onChange={(event) => save({ quiet: { enabled: event.target.checked } })} />
        {t("Have quiet hours")}
      </label>
      {quiet.enabled && (
        <>
          <div className={screens.twin}>
            <TimeField label={t("From")} value={quiet.from} onKeep={(from) => save({ quiet: { from } })} />
            <TimeField label={t("Until")} value={quiet.to} onKeep={(to) => save({ quiet: { to } })} />
          </div>
          <label className={screens.checkLine}>
            <input type="checkbox" checked={quiet.weekends} onChange={(event) => save({ quiet: { weekends: event.target.checked } })} />
            {t("Saturdays and Sundays all day, too")}
          </label>
        </>
      )}
      <p className={s.about}>{t("Times are those of {zone}.", { zone: wishes.timezone })} <Link href="/settings/profile" className={screens.link}>{t("Change the time zone")}</Link></p>
    </Section>
  );
}
