/** That there is something to read in another brand of one's own. */
import { useQuery } from "@tanstack/react-query";
import { Building2 } from "lucide-react";
import { useLocation } from "wouter";
import { explain } from "../api/client";
import { session, switchBrand } from "../api/session";
import { useBrandId } from "../data/resources";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Button } from "../ui/parts";
import { toast } from "../ui/toasts";
import { othersUnreadQuery } from "./data";
import s from "./notifications.module.css";

export function Others({ onOpen }: { onOpen?: () => void }) {
  const brand = useBrandId();
  const [, navigate] = useLocation();
  const brands = useStore(session, (x) => x.brands);
  const others = useQuery(othersUnreadQuery(brands.filter((one) => one.id !== brand))).data ?? [];
  if (others.length === 0) return null;
  const go = async (id: string) => {
    try {
      await switchBrand(id);
      onOpen?.();
      navigate("/notifications");
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
  };
  return (
    <ul className={s.others} aria-label={t("In your other brands")}>
      {others.map((other) => (
        <li key={other.id}>
          <Building2 size={15} aria-hidden />
          <span>{t("{count, plural, one {# unread} other {# unread}} in {brand}", { count: other.unread, brand: other.name })}</span>
          <Button size="small" onClick={() => void go(other.id)}>{t("Go there")}<span className="visually-hidden"> {other.name}</span></Button>
        </li>
      ))}
    </ul>
  );
}
