/** Notifications under each other, by day. Every row is reached by keyboard: j and k, Enter, e, Delete. */
import { BellOff, Check, Circle, Cog, Ellipsis, SlidersHorizontal, Trash2 } from "lucide-react";
import { useEffect, useRef, type KeyboardEvent } from "react";
import { Link, useLocation } from "wouter";
import { agoWithin, longDate, shortDay } from "../lib/dates";
import { t } from "../lib/i18n";
import { isTyping, singleKeys } from "../lib/keys";
import { Menu, MenuItem, MenuLine } from "../ui/overlays";
import { Avatar, Button, cx } from "../ui/parts";
import { mark, remove, type News } from "./data";
import { mute } from "./mutes";
import { changeWords, reasonWords } from "./words";
import s from "./notifications.module.css";

interface ListProps {
  rows: News[];
  /** Of the days' headings. */
  level: 2 | 3;
  /** Something was opened: what lies over the page goes. */
  onOpen?(): void;
}

function byDay(rows: News[]): { day: string; rows: News[] }[] {
  const days: { day: string; rows: News[] }[] = [];
  for (const row of rows) {
    const day = shortDay(row.created_at);
    const last = days[days.length - 1];
    if (last?.day === day) last.rows.push(row);
    else days.push({ day, rows: [row] });
  }
  return days;
}

function More({ news }: { news: News }) {
  const [, navigate] = useLocation();
  const board = news.data["board_id"];
  return (
    <Menu trigger={<Button look="quiet" icon size="small" aria-label={t("More: {title}", { title: news.title })}><Ellipsis size={16} /></Button>}>
      {news.subject.type === "task" && <MenuItem icon={<BellOff size={16} />} onSelect={() => void mute("task", news.subject.id)}>{t("Mute this task")}</MenuItem>}
      {typeof board === "string" && <MenuItem icon={<BellOff size={16} />} onSelect={() => void mute("board", board)}>{t("Mute the whole board")}</MenuItem>}
      <MenuItem icon={<SlidersHorizontal size={16} />} onSelect={() => navigate("/settings/notifications")}>{t("Choose what you are told")}</MenuItem>
      <MenuLine />
      <MenuItem icon={<Trash2 size={16} />} danger onSelect={() => remove(news)}>{t("Remove")}</MenuItem>
    </Menu>
  );
}

function Row({ news, onOpen }: { news: News; onOpen: (() => void) | undefined }) {
  const why = reasonWords(news.reason);
  const changes = news.type === "task.updated" ? changeWords(news.data["changes"]) : [];
  const open = () => {
    void mark(news, true);
    onOpen?.();
  };
  const title = <>{!news.is_read && <span className="visually-hidden">{t("Unread:")} </span>}{news.title}</>;
  return (
    <li className={cx(s.row, !news.is_read && s.unread)} data-news={news.id}>
      {news.actor ? <Avatar person={news.actor} size={28} /> : <span className={s.machine}><Cog size={15} aria-hidden /></span>}
      <div className={s.words}>
        {news.url ? <Link href={news.url} className={s.title} onClick={open}>{title}</Link> : <button type="button" className={s.title} onClick={open}>{title}</button>}
        {news.message && <p className={s.message}>{news.message}</p>}
        {changes.map((words) => <p key={words} className={s.message}>{words}</p>)}
        <p className={s.why}>
          <time dateTime={news.created_at} title={longDate(news.created_at)}>{agoWithin(news.created_at)}</time>
          {why && <span> · {why}</span>}
        </p>
      </div>
      <span className={s.acts}>
        <Button
          look="quiet" icon size="small" onClick={() => void mark(news, !news.is_read)} title={news.is_read ? t("Mark as unread") : t("Mark as read")}
          aria-label={news.is_read ? t("Mark as unread: {title}", { title: news.title }) : t("Mark as read: {title}", { title: news.title })}
        >
          {news.is_read ? <Circle size={14} /> : <Check size={16} />}
        </Button>
        <More news={news} />
      </span>
    </li>
  );
}

/** Where the focus is, so that it doesn't fall off the page with a row that goes. */
function useKeptFocus(rows: News[]) {
  const list = useRef<HTMLDivElement>(null);
  const last = useRef<{ id: string; at: number } | null>(null);
  const titles = () => [...(list.current?.querySelectorAll<HTMLElement>(`[data-news] .${s.title}`) ?? [])];
  const idOf = (element: Element | null) => element?.closest<HTMLElement>("[data-news]")?.dataset["news"];
  const follow = (event: React.FocusEvent) => {
    const id = idOf(event.target);
    last.current = id ? { id, at: rows.findIndex((row) => row.id === id) } : null;
  };
  useEffect(() => {
    const lost = last.current;
    if (!lost || rows.some((row) => row.id === lost.id)) return;
    last.current = null;
    // Behind what closes meanwhile, such as the menu that removed the row.
    const timer = setTimeout(() => {
      if (document.activeElement && document.activeElement !== document.body && !list.current?.contains(document.activeElement)) return;
      (titles()[Math.min(lost.at, titles().length - 1)] ?? list.current)?.focus();
    }, 0);
    return () => clearTimeout(timer);
  }, [rows]);
  return { list, titles, idOf, follow };
}

const STEPS: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity };

export function NewsList({ rows, level, onOpen }: ListProps) {
  const Heading = `h${level}` as const;
  const { list, titles, idOf, follow } = useKeptFocus(rows);
  const onKeyDown = (event: KeyboardEvent) => {
    const id = idOf(event.target as Element);
    const news = rows.find((row) => row.id === id);
    if (!news || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key.length === 1 && !singleKeys.get()) return;
    const step = STEPS[event.key];
    if (step !== undefined) {
      const all = titles();
      const at = all.findIndex((title) => idOf(title) === id);
      all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
    } else if (event.key === "e") void mark(news, !news.is_read);
    else if (event.key === "Delete") remove(news);
    else return;
    event.preventDefault();
  };
  return (
    <div ref={list} tabIndex={-1} className={s.list} onKeyDown={onKeyDown} onFocus={follow}>
      {byDay(rows).map(({ day, rows: some }) => (
        <div key={day}>
          <Heading className={s.day}>{day}</Heading>
          <ol>{some.map((news) => <Row key={news.id} news={news} onOpen={onOpen} />)}</ol>
        </div>
      ))}
    </div>
  );
}
