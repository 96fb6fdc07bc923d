/** What a board is called and is for, and when its finished cards are put away. */
import { useState } from "react";
import { api } from "../api/client";
import type { Board } from "../api/types";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Field, Notice, TextField } from "../ui/parts";
import s from "./board.module.css";

const DAYS = [7, 14, 30, 60, 90, 180, 365];

export const archiveDays = (board: Board): number | null => {
  const days = board.settings["auto_archive_days"];
  return typeof days === "number" ? days : null;
};

const afterDays = (days: number) => t("{days, plural, one {# day} other {# days}} after completion", { days });

/** Only what became different is sent, so that somebody else's change of the rest stays. */
function changes(board: Board, next: { name: string; key: string; description: string; archive: number | null }) {
  return {
    ...(next.name !== board.name && { name: next.name }),
    ...(next.key !== board.key && { key: next.key }),
    ...(next.description !== board.description && { description: next.description || null }),
    ...(next.archive !== archiveDays(board) && { settings: { auto_archive_days: next.archive } }),
  };
}

export default function BoardSettings({ board, onClose, onDone }: { board: Board; onClose(): void; onDone(): void }) {
  const [name, setName] = useState(board.name);
  const [key, setKey] = useState(board.key);
  const [description, setDescription] = useState(board.description);
  const [archive, setArchive] = useState(archiveDays(board));
  const form = useForm(
    async () => {
      const body = changes(board, { name: name.trim(), key: key.trim().toUpperCase(), description: description.trim(), archive });
      if (Object.keys(body).length > 0) {
        await api.patch(`/boards/${board.id}`, body);
        onDone();
      }
      onClose();
    },
    undefined,
    ["name", "key", "description", "settings"],
  );
  const choices = [...new Set([...DAYS, archiveDays(board) ?? 30])].sort((a, b) => a - b);
  return (
    <Dialog title={t("Board settings")} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField label={t("Name")} required autoFocus maxLength={100} value={name} error={form.of("name")} onChange={(event) => setName(event.target.value)} />
        <TextField
          label={t("Key")} hint={t("Cards are called {reference}.", { reference: `${key.trim().toUpperCase() || board.key}-1` })} required maxLength={10} spellCheck={false} autoCapitalize="characters"
          value={key} error={form.of("key")} onChange={(event) => setKey(event.target.value)}
        />
        <Field label={t("What it is for")} error={form.of("description")}>
          {(props) => <textarea {...props} rows={3} maxLength={10000} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
        <Field label={t("Archive completed cards")} hint={t("They leave the board by themselves. A card with open subtasks waits for them.")} error={form.of("settings")}>
          {(props) => (
            <select {...props} value={archive ?? ""} onChange={(event) => setArchive(event.target.value ? Number(event.target.value) : null)}>
              <option value="">{t("Never")}</option>
              {choices.map((days) => <option key={days} value={days}>{afterDays(days)}</option>)}
            </select>
          )}
        </Field>
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy}>{t("Save")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}
