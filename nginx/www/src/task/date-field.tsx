/** A date by typing ("fri 14:00"), by keys or by the month. */
import { CalendarDays, ChevronLeft, ChevronRight } from "lucide-react";
import { addDays, addMonths, isSameDay, isSameMonth, startOfMonth, startOfWeek } from "date-fns";
import { useEffect, useRef, useState } from "react";
import type { ShownTask } from "../api/types";
import { dueState, longDate, zoneNote } from "../lib/dates";
import { language, locale, t } from "../lib/i18n";
import { weekStart } from "../lib/languages";
import { DAY_END, editable, parseDate } from "../lib/parse-date";
import { fromWall, toWall, userZone } from "../lib/zone";
import { Popover } from "../ui/overlays";
import { Button, cx } from "../ui/parts";
import { FieldStatus } from "./field-state";
import { useField } from "./use-field";
import s from "./task.module.css";

/** The calendar works on local dates that stand for days in the person's zone. */
function toDay(iso: string | null, zone: string): Date | null {
  if (!iso) return null;
  const w = toWall(new Date(iso), zone);
  return new Date(w.year, w.month - 1, w.day);
}

const written = (day: Date, how: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), how).format(day);

const DAY_KEYS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

function Month({ chosen, onChoose }: { chosen: Date | null; onChoose(day: Date): void }) {
  const today = new Date();
  const [focus, setFocus] = useState(chosen ?? today);
  const grid = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  }, [focus]);
  const first = startOfWeek(startOfMonth(focus), { weekStartsOn: weekStart(locale()) });
  const days = Array.from({ length: 42 }, (_, i) => addDays(first, i));
  const onKey = (event: React.KeyboardEvent) => {
    const step = DAY_KEYS[event.key];
    const months = event.key === "PageUp" ? -1 : event.key === "PageDown" ? 1 : 0;
    if (step === undefined && months === 0) return;
    event.preventDefault();
    moved.current = true;
    setFocus(months ? addMonths(focus, months) : addDays(focus, step!));
  };
  const turn = (by: number) => {
    moved.current = false;
    setFocus(addMonths(focus, by));
  };
  return (
    <div className={s.month}>
      <div className={s.monthHead}>
        <Button look="quiet" icon aria-label={t("Month before")} onClick={() => turn(-1)}><ChevronLeft size={16} /></Button>
        <span aria-live="polite">{written(focus, { month: "long", year: "numeric" })}</span>
        <Button look="quiet" icon aria-label={t("Next month")} onClick={() => turn(1)}><ChevronRight size={16} /></Button>
      </div>
      <div ref={grid} className={s.days} onKeyDown={onKey} role="group" aria-label={t("Days")}>
        {days.slice(0, 7).map((day) => <span key={day.getDay()} className={s.weekday} aria-hidden>{written(day, { weekday: "narrow" })}</span>)}
        {days.map((day) => (
          <button
            key={day.getTime()} type="button" tabIndex={isSameDay(day, focus) ? 0 : -1}
            aria-label={written(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" })} aria-pressed={chosen !== null && isSameDay(day, chosen)}
            className={cx(s.day, !isSameMonth(day, focus) && s.dayOther, isSameDay(day, today) && s.dayToday, chosen && isSameDay(day, chosen) && s.dayChosen)}
            onClick={() => onChoose(day)}
          >
            {day.getDate()}
          </button>
        ))}
      </div>
    </div>
  );
}

interface Props {
  task: ShownTask;
  field: "due_at" | "start_at";
  label: string;
  mayEdit: boolean;
}

export function DateField({ task, field: name, label, mayEdit }: Props) {
  const field = useField(task, name);
  const zone = userZone();
  const value = field.value as string | null;
  const [draft, setDraft] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const parsed = draft ? parseDate(draft, new Date(), zone) : null;
  const finish = () => {
    const text = draft?.trim();
    if (text === undefined) return;
    if (text === "") field.save(null);
    else if (parsed) field.save(parsed.toISOString());
    if (text === "" || parsed) setDraft(null);
  };
  const choose = (day: Date) => {
    const time = value ? toWall(new Date(value), zone) : DAY_END;
    const wall = { year: day.getFullYear(), month: day.getMonth() + 1, day: day.getDate(), hour: time.hour, minute: time.minute };
    field.save(fromWall(wall, zone).toISOString());
    setDraft(null);
    setOpen(false);
  };
  const onKey = (event: React.KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") finish();
    if (event.key === "Escape" && draft !== null) {
      event.stopPropagation();
      setDraft(null);
    }
  };
  const wrong = Boolean(draft?.trim()) && !parsed;
  const hintId = `${name}-hint-${task.id}`;
  const state = name === "due_at" ? dueState(value, task.status === "completed" || task.status === "cancelled") : "none";
  const hint = draft !== null
    ? (parsed ? longDate(parsed.toISOString()) : wrong ? t("Not a date. Try “fri 14:00”, “in 3 days” or “24 dec”.") : "")
    : value ? `${state === "overdue" ? t("Overdue: ") : ""}${longDate(value)}` : "";
  return (
    <div className={s.value}>
      <div className={s.dateRow}>
        <input
          id={`${name}-${task.id}`} className={s.control} readOnly={!mayEdit} aria-invalid={wrong} aria-describedby={hintId}
          placeholder={mayEdit ? t("e.g. fri 14:00") : t("None")} value={draft ?? editable(value, zone, language.get() === "de")}
          onChange={(event) => setDraft(event.target.value)} onBlur={finish} onKeyDown={onKey} autoComplete="off"
        />
        {mayEdit && (
          <Popover
            label={label} open={open} onOpenChange={setOpen} align="end"
            trigger={<Button look="quiet" icon aria-label={t("{label}: choose from a calendar", { label })}><CalendarDays size={16} /></Button>}
          >
            <Month chosen={toDay(value, zone)} onChoose={choose} />
          </Popover>
        )}
      </div>
      <span id={hintId} className={cx(s.dateHint, state === "overdue" && draft === null && s.dateOverdue)} aria-live="polite">{hint}{draft !== null && !parsed ? zoneNote() : ""}</span>
      <FieldStatus state={field} show={(v) => (v ? longDate(v as string) : t("(empty)"))} />
    </div>
  );
}
