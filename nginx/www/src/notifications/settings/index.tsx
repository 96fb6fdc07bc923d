/** The person's own choice of what they are told, by which ways and when. Everything is kept as soon as it is chosen. */
import { Section } from "../../account/parts";
import { explain } from "../../api/client";
import { useBrandId } from "../../data/resources";
import { t } from "../../lib/i18n";
import { RowsSkeleton } from "../../screens/page";
import { Failed } from "../../ui/parts";
import { useWishes } from "./data";
import { Matrix } from "./matrix";
import { MutedThings } from "./muted";
import { Sms } from "./phone";
import { Push } from "./push";
import { Mails, Quiet } from "./times";

export function NotificationSettings() {
  const brand = useBrandId();
  const { wishes, error, refetch } = useWishes();
  if (!wishes) return error ? <Failed what={explain(error)} retry={refetch} /> : <RowsSkeleton />;
  return (
    <>
      <Section title={t("What you are told, and how")} about={t("The same in all your brands. You are never told of what you did yourself.")}><Matrix wishes={wishes} /></Section>
      <Mails wishes={wishes} />
      <Quiet wishes={wishes} />
      <Push />
      <Sms wishes={wishes} />
      {brand && <MutedThings />}
    </>
  );
}
