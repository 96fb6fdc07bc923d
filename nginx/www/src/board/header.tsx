/** The board's name, its menu, and what concerns it as a whole. */
import { BellOff, BellRing, Copy, Ellipsis, History, Keyboard, Settings2, Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, explain } from "../api/client";
import type { Board } from "../api/types";
import { helpOpen } from "../app/help";
import { forgetBoard } from "../data/cache";
import { refetch, useBrandId } from "../data/resources";
import { t } from "../lib/i18n";
import { part } from "../lib/part";
import type { useBoardFeed } from "../live";
import { useMute } from "../notifications/mutes";
import { Confirm, Menu, MenuItem, MenuLine } from "../ui/overlays";
import { Avatars, Button } from "../ui/parts";
import { toast } from "../ui/toasts";
import { useShared } from "./context";
import s from "./board.module.css";

const ActivityPanel = part(() => import("../activity/panel"));
const BoardSettings = part(() => import("./settings"));

export function BoardHeader({ board, feed }: { board: Board; feed: ReturnType<typeof useBoardFeed> }) {
  const { manageLists, rights, view } = useShared();
  const [asking, setAsking] = useState<"settings" | "delete" | "activity" | null>(null);
  const [, navigate] = useLocation();
  const brand = useBrandId();
  const { muted, toggle } = useMute("board", board.id);
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
        <h1 className={s.headName}>{board.name}{muted && <BellOff size={15} role="img" aria-label={t("muted")} className={s.headMuted} />}</h1>
      </div>
      <span className={s.headPeople}><Avatars people={[...view.members.values()]} most={5} size={24} label={t("{count, plural, one {# person} other {# people}} on this board", { count: view.members.size })} /></span>
      <Menu trigger={trigger}>
        <MenuItem icon={<History size={16} />} onSelect={() => setAsking("activity")}>{t("Activity")}</MenuItem>
        {muted !== undefined && (
          <MenuItem icon={muted ? <BellRing size={16} /> : <BellOff size={16} />} onSelect={toggle}>{muted ? t("Tell me of this board again") : t("Mute this board")}</MenuItem>
        )}
        <MenuItem icon={<Copy size={16} />} onSelect={() => void copy()}>{t("Copy link")}</MenuItem>
        <MenuItem icon={<Keyboard size={16} />} end="?" onSelect={() => helpOpen.set(true)}>{t("Keyboard shortcuts")}</MenuItem>
        {manageLists && <MenuItem icon={<Settings2 size={16} />} onSelect={() => setAsking("settings")}>{t("Board settings…")}</MenuItem>}
        {rights.can("can_delete_projects") && (
          <>
            <MenuLine />
            <MenuItem icon={<Trash2 size={16} />} danger onSelect={() => setAsking("delete")}>{t("Delete board…")}</MenuItem>
          </>
        )}
      </Menu>
      {asking === "activity" && <ActivityPanel onClose={() => setAsking(null)} />}
      {asking === "settings" && <BoardSettings board={board} onClose={() => setAsking(null)} onDone={changed} />}
      <Confirm
        title={t("Delete {board}?", { board: board.name })}
        text={t("The board goes with its {count, plural, one {# open card} other {# open cards}}.", { count: view.byId.size })}
        yes={t("Delete board")} open={asking === "delete"} onClose={() => setAsking(null)} onYes={() => void remove()}
      />
    </div>
  );
}
