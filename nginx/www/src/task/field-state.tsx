/** What stands beside a field: saving, saved, refused, or both values of a conflict. */
import { Check, CloudOff, CloudUpload } from "lucide-react";
import { connection } from "../data/connection";
import type { TaskField } from "../data/ops";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Button, cx } from "../ui/parts";
import type { FieldState } from "./use-field";
import s from "./task.module.css";

interface Props {
  state: FieldState<TaskField>;
  /** The value as people read it. */
  show(value: unknown): string;
}

const plain = (value: unknown) => (value === null || value === undefined || value === "" ? t("(empty)") : String(value));

function Conflict({ state, show }: Props) {
  const { problem, keepMine, takeTheirs } = state;
  return (
    <div className={s.conflict} role="alert">
      <strong>{t("Somebody else changed this meanwhile.")}</strong>
      <dl>
        <dt>{t("Mine")}</dt>
        <dd>{show(problem!.mine)}</dd>
        <dt>{t("Theirs")}</dt>
        <dd>{show(problem!.theirs)}</dd>
      </dl>
      <div className={s.buttons}>
        <Button size="small" look="primary" onClick={keepMine}>{t("Keep mine")}</Button>
        <Button size="small" onClick={takeTheirs}>{t("Take theirs")}</Button>
      </div>
    </div>
  );
}

function Refused({ state, show }: Props) {
  const { problem, keepMine, takeTheirs } = state;
  return (
    <div className={s.refused} role="alert">
      <span>{t("Not saved: {reason} Your value: {value}", { reason: problem!.message, value: show(problem!.mine) })}</span>
      <Button size="small" onClick={keepMine}>{t("Try again")}</Button>
      <Button size="small" look="quiet" onClick={takeTheirs}>{t("Drop it")}</Button>
    </div>
  );
}

export function FieldStatus(props: { state: unknown; show?: Props["show"] }) {
  const state = props.state as FieldState<TaskField>;
  const show = props.show ?? plain;
  const reachable = useStore(connection, (c) => c.reachable);
  if (state.problem?.kind === "conflict") return <Conflict state={state} show={show} />;
  if (state.problem) return <Refused state={state} show={show} />;
  return (
    <span className={cx(s.state, state.saved && s.stateSaved)} role="status">
      {state.saving && !reachable && <><CloudOff size={13} aria-hidden />{t("Waits to be sent")}</>}
      {state.saving && reachable && <><CloudUpload size={13} aria-hidden />{t("Saving…")}</>}
      {!state.saving && state.saved && <><Check size={13} aria-hidden />{t("Saved")}</>}
    </span>
  );
}
