/** The board's name, its menu, and what concerns it as a whole. */
import { Copy, Ellipsis, History, Keyboard, Pencil, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useLocation } from "wouter";
import { api, explain } from "../api/client";
import type { Board } from "../api/types";
import { helpOpen } from "../app/help";
import { forgetBoard } from "../data/cache";
import { refetch, useBrandId } from "../data/resources";
import { t } from "../lib/i18n";
import type { useBoardFeed } from "../live";
import { Actions, Confirm, Dialog, Menu, MenuItem, MenuLine } from "../ui/overlays";
import { Avatars, Button, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { useShared } from "./context";
import s from "./board.module.css";

const ActivityPanel = lazy(() => import("../activity/panel"));

function RenameBoard({ board, onClose, onDone }: { board: Board; onClose(): void; onDone(): void }) {
  const [name, setName] = useState(board.name);
  const [failed, setFailed] = useState<string | null>(null);
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    try {
      await api.patch(`/boards/${board.id}`, { name: name.trim() });
      onDone();
      onClose();
    } catch (error) {
      setFailed(explain(error));
    }
  };
  return (
    <Dialog title={t("Rename board")} open onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className={s.form}>
        {failed && <Notice>{failed}</Notice>}
        <TextField label={t("Name")} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit">{t("Rename")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

export function BoardHeader({ board, feed }: { board: Board; feed: ReturnType<typeof useBoardFeed> }) {
  const { manageLists, rights, view } = useShared();
  const [asking, setAsking] = useState<"rename" | "delete" | "activity" | null>(null);
  const [, navigate] = useLocation();
  const brand = useBrandId();
  const changed = () => {
    feed.current?.refresh();
    if (brand) void refetch(brand, "boards");
  };
  const remove = async () => {
    try {
      await api.delete(`/boards/${board.id}`, { query: { force: "true" } });
      navigate("/");
      await forgetBoard(board.id);
      if (brand) void refetch(brand, "boards");
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
  };
  const copy = async () => {
    await navigator.clipboard.writeText(`${location.origin}/b/${board.id}`);
    toast({ text: t("Link copied.") });
  };
  const trigger = <Button look="quiet" icon aria-label={t("Actions for this board")}><Ellipsis size={18} /></Button>;
  return (
    <div className={s.head}>
      <div className={s.headNames}>
        <span className={s.headTeam}>{board.team_name}</span>
        <h1 className={s.headName}>{board.name}</h1>
      </div>
      <span className={s.headPeople}><Avatars people={[...view.members.values()]} most={5} size={24} label={t("{count, plural, one {# person} other {# people}} on this board", { count: view.members.size })} /></span>
      <Menu trigger={trigger}>
        <MenuItem icon={<History size={16} />} onSelect={() => setAsking("activity")}>{t("Activity")}</MenuItem>
        <MenuItem icon={<Copy size={16} />} onSelect={() => void copy()}>{t("Copy link")}</MenuItem>
        <MenuItem icon={<Keyboard size={16} />} end="?" onSelect={() => helpOpen.set(true)}>{t("Keyboard shortcuts")}</MenuItem>
        {manageLists && <MenuItem icon={<Pencil size={16} />} onSelect={() => setAsking("rename")}>{t("Rename board…")}</MenuItem>}
        {rights.can("can_delete_projects") && (
          <>
            <MenuLine />
            <MenuItem icon={<Trash2 size={16} />} danger onSelect={() => setAsking("delete")}>{t("Delete board…")}</MenuItem>
          </>
        )}
      </Menu>
      {asking === "activity" && <Suspense fallback={null}><ActivityPanel onClose={() => setAsking(null)} /></Suspense>}
      {asking === "rename" && <RenameBoard board={board} onClose={() => setAsking(null)} onDone={changed} />}
      <Confirm
        title={t("Delete {board}?", { board: board.name })}
        text={t("The board goes with its {count, plural, one {# open card} other {# open cards}}.", { count: view.byId.size })}
        yes={t("Delete board")} open={asking === "delete"} onClose={() => setAsking(null)} onYes={() => void remove()}
      />
    </div>
  );
}
