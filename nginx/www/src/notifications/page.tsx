/** Everything that one was told and hasn't removed, with filters that live in the address. */
import { CheckCheck, Settings } from "lucide-react";
import { useEffect } from "react";
import { Link } from "wouter";
import { refetch, useBrandId } from "../data/resources";
import { useAddress } from "../lib/address";
import { t } from "../lib/i18n";
import { isTyping, useKey, useModKey } from "../lib/keys";
import { Page } from "../screens/page";
import { Button, Choice, cx } from "../ui/parts";
import { Filters, Listing, SelectFilter } from "../ui/table";
import { undoLatest } from "../ui/toasts";
import ui from "../ui/ui.module.css";
import { markAll } from "./data";
import { NewsList } from "./list";
import { Others } from "./others";
import { Nothing } from "./panel";
import { useNews } from "./use-news";
import { useUnread } from "./watch";
import { typeChoices } from "./words";
import s from "./notifications.module.css";

const NAMES = ["show", "type"] as const;

/** The first j on the page goes to the first of them. */
const toFirst = () => document.querySelector<HTMLElement>(`[data-news] .${s.title}`)?.focus();

export default function Notifications() {
  const brand = useBrandId();
  const { values, set, filtered, clear } = useAddress(NAMES);
  const list = useNews({ unread: values.show === "unread", type: values.type, limit: 30 });
  const unread = useUnread(brand);
  useKey("j", toFirst);
  useModKey("z", (event) => {
    if (!isTyping(event.target) && undoLatest()) event.preventDefault();
  });
  useEffect(() => {
    if (brand) void refetch(brand, "notifications", "list");
  }, [brand]);
  const action = (
    <span className={s.pageActs}>
      <Button disabled={unread === 0} onClick={() => void markAll(list.rows)}><CheckCheck size={16} aria-hidden />{t("Mark all as read")}</Button>
      <Link href="/settings/notifications" className={cx(ui.button, ui.plain)}><Settings size={16} aria-hidden />{t("Settings")}</Link>
    </span>
  );
  return (
    <Page title={t("Notifications")} action={action} narrow>
      <Others />
      <Filters filtered={filtered} onClear={clear}>
        <Choice
          label={t("Show")} value={values.show === "unread" ? "unread" : "all"} onChange={(show) => set({ show: show === "unread" ? show : null })}
          options={[{ value: "all", label: t("All") }, { value: "unread", label: unread > 0 ? t("Unread ({count})", { count: unread }) : t("Unread") }]}
        />
        <SelectFilter label={t("Kind")} value={values.type ?? ""} options={typeChoices()} onChange={(type) => set({ type })} />
      </Filters>
      <Listing
        list={list} filtered={filtered} onClear={clear} empty={<Nothing />}
        counted={(count) => t("{count, plural, one {# notification} other {# notifications}}", { count })}
      >
        <div className={s.card}><NewsList rows={list.rows} level={2} /></div>
      </Listing>
    </Page>
  );
}
