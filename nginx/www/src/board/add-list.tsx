import { Plus } from "lucide-react";
import { useState } from "react";
import { t } from "../lib/i18n";
import { Button, TextField } from "../ui/parts";
import { addList } from "./actions";
import { useShared } from "./context";
import s from "./board.module.css";

/** The last column: a new list, with the focus kept for the next one. */
export function AddList() {
  const { view, manageLists } = useShared();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  if (!manageLists) return null;
  if (!open) {
    return (
      <div className={s.addList}>
        <Button look="quiet" wide onClick={() => setOpen(true)}><Plus size={16} aria-hidden />{t("Add list")}</Button>
      </div>
    );
  }
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (name.trim()) addList(view.board.id, name.trim());
    setName("");
  };
  return (
    <form className={s.addListForm} onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <TextField label={t("Name of the new list")} autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      <div className={s.quickActions}>
        <Button look="primary" size="small" type="submit">{t("Add list")}</Button>
        <Button look="quiet" size="small" onClick={() => setOpen(false)}>{t("Done")}</Button>
      </div>
    </form>
  );
}
