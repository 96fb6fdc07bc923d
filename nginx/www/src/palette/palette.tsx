/** Ctrl+K: go, create, change. Boards, the cards on them, and what can be done. */
import * as RadixDialog from "@radix-ui/react-dialog";
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Bell, BellRing, Building2, Cog, Database, Keyboard, KeyRound, LayoutGrid, LogOut, Mail, Monitor, Moon, Network, Plus, ScrollText, ServerCog, Settings, ShieldCheck, Sun, Users, UsersRound } from "lucide-react";
import { useMemo, useRef, type ReactNode } from "react";
import { useLocation } from "wouter";
import { explain } from "../api/client";
import { session, signOut, switchBrand } from "../api/session";
import { view } from "../api/view";
import type { Board } from "../api/types";
import { helpOpen } from "../app/help";
import { paletteText } from "../app/palette-host";
import { wantQuickAdd } from "../board/wanted";
import { TypeIcon } from "../board/labels";
import { connection } from "../data/connection";
import { saveTheme } from "../data/profile";
import { boardsQuery, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { toast } from "../ui/toasts";
import s from "../app/app.module.css";
import { useFoundCards, type Found, type FoundCards } from "./cards";
import { best, score } from "./rank";

interface Choice {
  id: string;
  group: string;
  label: string;
  icon: ReactNode;
  /** Before the label: the reference of a card. */
  reference?: string;
  end?: string;
  run(): void;
}

const MOST = 12;

const complain = (error: unknown) => void toast({ text: explain(error), tone: "danger" });

/** All but the cards. `boardId`: the board that is open. */
function useCommands(boards: readonly Board[], boardId: string | null): Choice[] {
  const [, navigate] = useLocation();
  const brandId = useBrandId();
  const brands = useStore(session, (x) => x.brands);
  const rights = useRights();
  const admin = useStore(session, (x) => x.user?.platform_role === "admin");
  return useMemo(() => {
    const icon = (Icon: typeof Sun) => <Icon size={17} aria-hidden />;
    const all: Choice[] = [];
    const add = (group: string, id: string, label: string, image: ReactNode, run: () => void, more: Partial<Choice> = {}) =>
      all.push({ group, id, label, icon: image, run, ...more });
    for (const board of boards) add(t("Boards"), `board-${board.id}`, board.name, icon(LayoutGrid), () => navigate(`/b/${board.id}`), { end: board.team_name });
    const create = t("Create");
    if (boardId && rights.can("can_create_tasks")) add(create, "new-card", t("New card"), icon(Plus), () => setTimeout(wantQuickAdd, 60), { end: "C" });
    if (rights.can("can_create_projects")) add(create, "new-board", t("New board"), icon(Plus), () => navigate("/?new=board"));
    add(create, "new-brand", t("New brand"), icon(Building2), () => navigate("/start"));
    const go = t("Go to");
    add(go, "boards", t("Boards"), icon(LayoutGrid), () => navigate("/"));
    add(go, "teams", t("Teams"), icon(UsersRound), () => navigate("/teams"));
    add(go, "members", t("Members"), icon(Users), () => navigate("/members"));
    if (rights.can("can_manage_users") || rights.can("can_invite_users")) add(go, "roles", t("Roles"), icon(Users), () => navigate("/roles"));
    add(go, "divisions", t("Divisions"), icon(Network), () => navigate("/divisions"));
    add(go, "delegations", t("Delegations"), icon(Users), () => navigate("/delegations"));
    if (!view) add(go, "notifications", t("Notifications"), icon(Bell), () => navigate("/notifications"), { end: "N" });
    add(go, "settings", t("Settings"), icon(Settings), () => navigate("/settings"));
    add(go, "security", t("Settings: security"), icon(ShieldCheck), () => navigate("/settings/security"));
    add(go, "notification-settings", t("Settings: notifications"), icon(BellRing), () => navigate("/settings/notifications"));
    add(go, "tokens", t("Settings: API tokens"), icon(KeyRound), () => navigate("/settings/tokens"));
    add(go, "data", t("Settings: your data"), icon(Database), () => navigate("/settings/data"));
    if (rights.can("can_view_audit")) add(go, "audit", t("Audit log of this brand"), icon(ScrollText), () => navigate("/audit"));
    if (admin) {
      add(go, "admin", t("Platform"), icon(ServerCog), () => navigate("/admin"));
      add(go, "admin-users", t("Platform: accounts"), icon(Users), () => navigate("/admin/users"));
      add(go, "admin-brands", t("Platform: brands"), icon(Building2), () => navigate("/admin/brands"));
      add(go, "admin-jobs", t("Platform: jobs"), icon(Cog), () => navigate("/admin/jobs"));
      add(go, "admin-mails", t("Platform: mails"), icon(Mail), () => navigate("/admin/mails"));
      add(go, "admin-audit", t("Platform: audit log"), icon(ScrollText), () => navigate("/admin/audit"));
    }
    const change = t("Change");
    add(change, "light", t("Theme: light"), icon(Sun), () => saveTheme("light"));
    add(change, "dark", t("Theme: dark"), icon(Moon), () => saveTheme("dark"));
    add(change, "auto", t("Theme: automatic"), icon(Monitor), () => saveTheme("auto"));
    for (const brand of brands) {
      if (brand.id === brandId) continue;
      add(change, `brand-${brand.id}`, t("Switch to brand {name}", { name: brand.name }), icon(Building2), () => {
        switchBrand(brand.id).then(() => navigate("/"), complain);
      });
    }
    add(change, "keys", t("Keyboard shortcuts"), icon(Keyboard), () => helpOpen.set(true), { end: "?" });
    add(change, "out", t("Sign out"), icon(LogOut), () => void signOut().catch(complain));
    return all;
  }, [boards, brands, brandId, boardId, rights, admin, navigate]);
}

const NO_BOARDS: Board[] = [];

function Row({ command, onSelect }: { command: Choice; onSelect(): void }) {
  return (
    <Command.Item value={command.id} onSelect={onSelect}>
      {command.icon}
      {command.reference && <span className={s.paletteRef}>{command.reference}</span>}
      <span className={s.paletteText}>{command.label}</span>
      {command.end && <span className={s.paletteEnd}>{command.end}</span>}
    </Command.Item>
  );
}

interface Group {
  name: string;
  items: Choice[];
}

const REFERENCE = /^[a-z][a-z0-9]*-\d+$/i;

function useCards({ boardId, here, elsewhere }: FoundCards, boards: readonly Board[]): Group[] {
  const [path, navigate] = useLocation();
  const open = (task: Found) => {
    const to = `/b/${task.board_id}/t/${task.reference}`;
    // Back leads from the sheet to its board, wherever one came from.
    if (task.board_id !== boardId) return navigate(to);
    navigate(to, path.includes("/t/") ? { replace: true, state: history.state } : { state: { sheet: true } });
  };
  const choice = (group: string, task: Found, end?: string): Choice => ({
    id: task.id, group, label: task.title, reference: task.reference, icon: <TypeIcon type={task.task_type} size={17} />, run: () => open(task), ...(end && { end }),
  });
  const others = boardId ? t("Cards on other boards") : t("Cards");
  const nameOf = (id: string) => boards.find((board) => board.id === id)?.name;
  return [
    { name: t("Cards on this board"), items: here.map((task) => choice("here", task)) },
    { name: others, items: elsewhere.map((task) => choice("elsewhere", task, nameOf(task.board_id))) },
  ];
}

function groupsOf(commands: Choice[], cards: Group[], text: string, words: string[]): Group[] {
  const byGroup = new Map<string, Choice[]>();
  for (const command of commands) byGroup.set(command.group, [...(byGroup.get(command.group) ?? []), command]);
  const [boards, ...others] = [...byGroup].map(([name, items]) => ({ name, items: words.length > 0 ? best(items, (item) => score(item.label, words), MOST) : items.slice(0, MOST) }));
  const rest = boards ? [boards, ...cards, ...others] : cards;
  const all = REFERENCE.test(text.trim()) ? [...cards, ...(boards ? [boards] : []), ...others] : rest;
  return all.filter(({ items }) => items.length > 0);
}

/** What the list itself doesn't say: that more may come, or why it doesn't. */
function Remark({ found, empty, typed }: { found: FoundCards; empty: boolean; typed: boolean }) {
  const reachable = useStore(connection, (c) => c.reachable);
  if (!typed) return null;
  if (!reachable) return <p className={s.paletteRemark}>{t("Cards of other boards are found once there is a connection.")}</p>;
  if (found.failed) return <p className={s.paletteRemark}>{t("Cards of other boards could not be searched just now.")}</p>;
  if (found.searching && empty) return <p className={s.paletteRemark}>{t("Searching…")}</p>;
  return empty ? <p className={s.paletteRemark}>{t("Nothing found.")}</p> : null;
}

export default function Palette({ onClose }: { onClose(): void }) {
  const text = useStore(paletteText);
  const input = useRef<HTMLInputElement>(null);
  const brandId = useBrandId();
  const boards = useQuery({ ...boardsQuery(brandId ?? "none"), enabled: brandId !== null }).data ?? NO_BOARDS;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = useFoundCards(text, words, boards);
  const groups = groupsOf(useCommands(boards, found.boardId), useCards(found, boards), text, words);
  // Radix would select what was typed already, and the next key replace it.
  const focus = (event: Event) => {
    event.preventDefault();
    input.current?.focus();
  };
  const run = (command: Choice) => {
    onClose();
    command.run();
  };
  return (
    <RadixDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <RadixDialog.Portal>
        <div className={s.paletteVeil} />
        <RadixDialog.Content className={s.palette} aria-describedby={undefined} onOpenAutoFocus={focus}>
          <RadixDialog.Title className="visually-hidden">{t("Search or do")}</RadixDialog.Title>
          <Command shouldFilter={false} label={t("Search or do")}>
            <Command.Input ref={input} value={text} onValueChange={paletteText.set} placeholder={t("Go to a board or card, create, change…")} />
            <Command.List label={t("Suggestions")}>
              {groups.map(({ name, items }) => (
                <Command.Group key={name} heading={name}>
                  {items.map((command) => <Row key={command.id} command={command} onSelect={() => run(command)} />)}
                </Command.Group>
              ))}
            </Command.List>
            <div role="status"><Remark found={found} empty={groups.length === 0} typed={words.length > 0} /></div>
          </Command>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
