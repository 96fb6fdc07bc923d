/** On a phone a column fills the screen; these tabs say which, and lead to the others. */
import { useEffect, useRef, useState } from "react";
import { t } from "../lib/i18n";
import { cx } from "../ui/parts";
import { useShared } from "./context";
import s from "./board.module.css";

export const PHONE = "(max-width: 640px)";

export function usePhone(): boolean {
  const [phone, setPhone] = useState(() => matchMedia(PHONE).matches);
  useEffect(() => {
    const query = matchMedia(PHONE);
    const change = () => setPhone(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return phone;
}

export function Switcher({ board }: { board: React.RefObject<HTMLDivElement | null> }) {
  const { view, visible } = useShared();
  const [current, setCurrent] = useState(0);
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = board.current;
    if (!element) return;
    const follow = () => setCurrent(Math.round(element.scrollLeft / Math.max(1, element.clientWidth)));
    element.addEventListener("scroll", follow, { passive: true });
    return () => element.removeEventListener("scroll", follow);
  }, [board]);
  useEffect(() => {
    const tab = tabs.current?.children[current] as HTMLElement | undefined;
    if (tab && tabs.current) tabs.current.scrollTo({ left: tab.offsetLeft - 48, behavior: "smooth" });
  }, [current]);
  const show = (index: number) => board.current?.scrollTo({ left: index * board.current.clientWidth, behavior: "smooth" });
  return (
    <nav ref={tabs} className={s.switcher} aria-label={t("Lists")}>
      {view.lists.map((list, i) => (
        <button key={list.id} type="button" className={cx(s.tab, i === current && s.tabCurrent)} aria-current={i === current} onClick={() => show(i)}>
          {list.name} <span className={s.tabCount}>{visible.cards.get(list.id)?.length ?? 0}</span>
        </button>
      ))}
    </nav>
  );
}
