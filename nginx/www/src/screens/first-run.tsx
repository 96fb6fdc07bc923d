/** Three steps from nothing to the first card: the brand, its board, a card. Also how a further brand is made. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { api, explain, getAll } from "../api/client";
import { session, signOut, switchBrand } from "../api/session";
import type { Board, Brand, Task } from "../api/types";
import { leavingQuery, refetch } from "../data/resources";
import { language, t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { useForm } from "../lib/use-form";
import { Button, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { Outside } from "./outside";
import s from "./screens.module.css";

interface StepProps {
  step: number;
  label: string;
  hint: string;
  initial: string;
  button: string;
  error(form: ReturnType<typeof useForm>): string | undefined;
  send(text: string): Promise<void>;
}

function Step({ step, label, hint, initial, button, error, send }: StepProps) {
  const [text, setText] = useState(initial);
  const input = useRef<HTMLInputElement>(null);
  const form = useForm(() => send(text.trim()), undefined, ["name", "title"]);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, [step]);
  return (
    <form onSubmit={form.submit} className={s.form}>
      <p className={s.steps} aria-live="polite">{t("Step {step} of 3", { step })}</p>
      <progress className={s.progress} value={step} max={3} aria-label={t("Step {step} of 3", { step })} />
      {form.failed && <Notice>{form.failed}</Notice>}
      <TextField ref={input} big label={label} hint={hint} required maxLength={100} value={text} error={error(form)} onChange={(event) => setText(event.target.value)} />
      <Button look="primary" size="large" wide type="submit" disabled={form.busy || !text.trim()}>{form.busy ? t("One moment…") : button}</Button>
    </form>
  );
}

const leave = () => void signOut().catch((error: unknown) => toast({ text: explain(error), tone: "danger" }));

export default function FirstRun() {
  const [, navigate] = useLocation();
  const [board, setBoard] = useState<Board | null>(null);
  const [step, setStep] = useState(1);
  const leaving = useQuery(leavingQuery).data;
  const hasBrand = useStore(session, (x) => x.brands.length > 0);

  const makeBrand = async (name: string) => {
    // Who is spoken to in another language than English founds a brand that speaks it, too: its mails, and the app for those who choose nothing.
    const spoken = language.get();
    const brand = await api.post<Brand>("/brands", spoken === "en" ? { name } : { name, settings: { language: spoken } });
    await switchBrand(brand.id);
    const boards = await getAll<Board>("/boards");
    setBoard(boards[0] ?? null);
    setStep(2);
  };
  const nameBoard = async (name: string) => {
    if (board && name !== board.name) setBoard(await api.patch<Board>(`/boards/${board.id}`, { name }));
    setStep(3);
  };
  const firstCard = async (title: string) => {
    await api.post<Task>(`/boards/${board!.id}/tasks`, { title });
    await refetch(session.get().brandId ?? "none");
    navigate(`/b/${board!.id}`, { replace: true });
  };
  const nameError = (form: ReturnType<typeof useForm>) => form.of("name") ?? form.of("title");
  return (
    <Outside title={[t("Name your brand"), t("Name your first board"), t("Write your first card")][step - 1]!} back={hasBrand && step === 1 ? { href: "/", name: t("Boards") } : undefined}>
      {step === 1 && (
        <Step step={1} label={t("Brand")} hint={t("Your company, club or project. Everything inside belongs to it.")} initial="" button={t("Next: the board")} error={nameError} send={makeBrand} />
      )}
      {step === 2 && (
        <Step key="2" step={2} label={t("Board")} hint={t("It starts with To do, In progress and Done. You can change that.")} initial={board?.name ?? t("First board")} button={t("Next: a card")} error={nameError} send={nameBoard} />
      )}
      {step === 3 && (
        <Step key="3" step={3} label={t("Card")} hint={t("Something that has to be done, big or small.")} initial="" button={t("Open the board")} error={nameError} send={firstCard} />
      )}
      {step === 1 && (leaving?.length ?? 0) > 0 && (
        <p className={s.outsideMore}><Link href="/leaving-brands" className={s.link}>{t("{count, plural, one {A brand of yours is} other {# brands of yours are}} to be deleted: restore", { count: leaving!.length })}</Link></p>
      )}
      {!hasBrand && step === 1 && (
        <div className={s.outsideMore}>
          <p>{t("Were you invited to a brand? Open the link in the mail that you got.")}</p>
          <p><Link href="/settings" className={s.link}>{t("Your account")}</Link></p>
          <Button wide onClick={leave}>{t("Sign out")}</Button>
        </div>
      )}
    </Outside>
  );
}
