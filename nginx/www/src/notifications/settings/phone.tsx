/** The number that SMS go to: given, then confirmed by the code that comes to it. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { FormButtons, Opens, Section } from "../../account/parts";
import a from "../../account/account.module.css";
import { api, ApiError, explain } from "../../api/client";
import type { Phone } from "../../api/types.gen";
import { refetch } from "../../data/resources";
import { t } from "../../lib/i18n";
import { useForm } from "../../lib/use-form";
import screens from "../../screens/screens.module.css";
import { Button, Notice, TextField } from "../../ui/parts";
import { toast } from "../../ui/toasts";
import ui from "../../ui/ui.module.css";
import { refetchWishes, type Wishes } from "./data";
import s from "./settings.module.css";

const phoneQuery = queryOptions({
  queryKey: ["phone"],
  queryFn: () => api.get<Phone>("/notifications/phone").catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }),
});

const changed = () => Promise.all([refetch("phone"), refetchWishes()]);

function NumberForm({ close }: { close(): void }) {
  const [phone, setPhone] = useState("");
  const form = useForm(
    async () => {
      await api.put("/notifications/phone", { phone: phone.trim() });
      await changed();
      close();
    },
    undefined,
    ["phone"],
  );
  return (
    <form onSubmit={form.submit} className={screens.form}>
      {form.failed && <Notice>{form.failed}</Notice>}
      <TextField
        label={t("Mobile number")} type="tel" autoComplete="tel" required maxLength={40} error={form.of("phone")} value={phone} onChange={(event) => setPhone(event.target.value)}
        hint={t("With the country, such as +49 151 12345678. A code of six digits is sent to it.")}
      />
      <FormButtons busy={form.busy} yes={t("Send the code")} close={close} />
    </form>
  );
}

function CodeForm({ phone }: { phone: Phone }) {
  const [code, setCode] = useState("");
  const form = useForm(
    async () => {
      await api.post("/notifications/phone/confirm", { code: code.replaceAll(/\s/g, "") });
      toast({ text: t("{number} is confirmed.", { number: phone.wanted }) });
      await changed();
    },
    undefined,
    ["code"],
  );
  const again = () => void api.put("/notifications/phone", { phone: phone.wanted }).then(() => toast({ text: t("Another code is on its way.") }), (error: unknown) => toast({ text: explain(error), tone: "danger" }));
  return (
    <form onSubmit={form.submit} className={screens.form}>
      {form.failed && <Notice>{form.failed}</Notice>}
      <TextField
        label={t("Code")} inputMode="numeric" autoComplete="one-time-code" required maxLength={12} className={`${ui.input} ${a.code}`} error={form.of("code")} value={code}
        hint={t("The six digits of the SMS to {number}. They are good for ten minutes.", { number: phone.wanted })} onChange={(event) => setCode(event.target.value)}
      />
      <div className={a.buttons}>
        <Button look="primary" type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : t("Confirm")}</Button>
        <Button onClick={again}>{t("Send another code")}</Button>
      </div>
    </form>
  );
}

async function forget(): Promise<void> {
  try {
    await api.delete("/notifications/phone");
    toast({ text: t("The number is forgotten. No SMS are sent any more.") });
  } catch (error) {
    toast({ text: explain(error), tone: "danger" });
  }
  await changed();
}

export function Sms({ wishes }: { wishes: Wishes }) {
  const phone = useQuery({ ...phoneQuery, enabled: wishes.sms.available }).data;
  if (!wishes.sms.available) return null;
  return (
    <Section title={t("SMS")} about={phone?.phone ? <>{t("They go to")} <strong>{phone.phone}</strong></> : t("For what must reach you without the internet. Tick it above for each kind.")}>
      {phone?.wanted && <CodeForm key={phone.wanted} phone={phone} />}
      <div className={s.line}>
        <Opens label={phone?.phone || phone?.wanted ? t("Use another number") : t("Give a number")}>{(close) => <NumberForm close={close} />}</Opens>
        {(phone?.phone || phone?.wanted) && <div><Button look="danger" onClick={() => void forget()}>{t("Forget the number")}</Button></div>}
      </div>
    </Section>
  );
}
