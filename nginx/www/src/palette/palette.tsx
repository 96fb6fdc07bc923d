/** Ctrl+K: go, create, change. Boards, this board's tasks, and what can be done. */
import * as RadixDialog from "@radix-ui/react-dialog";
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Bell, BellRing, Building2, Cog, Database, Keyboard, KeyRound, LayoutGrid, LogOut, Mail, Monitor, Moon, Network, Plus, ScrollText, ServerCog, Settings, ShieldCheck, Sun, Users, UsersRound } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { explain } from "../api/client";
import { session, signOut, switchBrand } from "../api/session";
import { view } from "../api/view";
import type { Snapshot, Task } from "../api/types";
import { helpOpen } from "../app/help";
import { wantQuickAdd } from "../board/wanted";
import { queries, snapshotKey } from "../data/cache";
import { saveTheme } from "../data/profile";
import { boardsQuery, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { toast } from "../ui/toasts";
import s from "../app/app.module.css";

interface Choice {
  id: string;
  group: string;
  label: string;
  icon: ReactNode;
  end?: string;
  /** Only shown when something was typed. */
  searched?: boolean;
  run(): void;
}

const MOST = 12;

/** Every word must occur; a match at the start counts most, then one at the start of a word. */
export function score(text: string, words: string[]): number {
  const hay = text.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const at = hay.indexOf(word);
    if (at < 0) return 0;
    sum += at === 0 ? 3 : /\W/.test(hay[at - 1]!) ? 2 : 1;
  }
  return sum || 1;
}

function best<T>(items: readonly T[], text: (item: T) => string, words: string[]): T[] {
  if (words.length === 0) return items.slice(0, MOST);
  return items
    .map((item) => ({ item, rank: score(text(item), words) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .slice(0, MOST)
    .map(({ item }) => item);
}

function useTasksHere(): { boardId: string | null; tasks: Task[] } {
  const [path] = useLocation();
  const boardId = /^\/b\/([^/]+)/.exec(path)?.[1] ?? null;
  return useMemo(() => {
    const snapshot = boardId ? queries.getQueryData<Snapshot>(snapshotKey(boardId)) : undefined;
    return { boardId, tasks: snapshot?.tasks ?? [] };
  }, [boardId]);
}

const complain = (error: unknown) => void toast({ text: explain(error), tone: "danger" });

function useCommands(): Choice[] {
  const [, navigate] = useLocation();
  const brandId = useBrandId();
  const brands = useStore(session, (x) => x.brands);
  const rights = useRights();
  const admin = useStore(session, (x) => x.user?.platform_role === "admin");
  const boards = useQuery({ ...boardsQuery(brandId ?? "none"), enabled: brandId !== null }).data ?? [];
  const { boardId, tasks } = useTasksHere();
  return useMemo(() => {
    const icon = (Icon: typeof Sun) => <Icon size={17} aria-hidden />;
    const all: Choice[] = [];
    const add = (group: string, id: string, label: string, image: ReactNode, run: () => void, more: Partial<Choice> = {}) =>
      all.push({ group, id, label, icon: image, run, ...more });
    for (const board of boards) add(t("Boards"), `board-${board.id}`, board.name, icon(LayoutGrid), () => navigate(`/b/${board.id}`), { end: board.team_name });
    for (const task of tasks) {
      add(t("Cards on this board"), task.id, `${task.reference} ${task.title}`, null, () => navigate(`/b/${boardId}/t/${task.reference}`, { state: { sheet: true } }), { searched: true });
    }
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
  }, [boards, brands, brandId, boardId, tasks, rights, admin, navigate]);
}

export default function Palette({ onClose }: { onClose(): void }) {
  const [text, setText] = useState("");
  const commands = useCommands();
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = useMemo(() => {
    const byGroup = new Map<string, Choice[]>();
    for (const command of commands) {
      if (command.searched && words.length === 0) continue;
      byGroup.set(command.group, [...(byGroup.get(command.group) ?? []), command]);
    }
    return [...byGroup].map(([name, items]) => [name, best(items, (item) => item.label, words)] as const).filter(([, items]) => items.length > 0);
  }, [commands, text]);
  const run = (command: Choice) => {
    onClose();
    command.run();
  };
  return (
    <RadixDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <RadixDialog.Portal>
        <div className={s.paletteVeil} />
        <RadixDialog.Content className={s.palette} aria-describedby={undefined}>
          <RadixDialog.Title className="visually-hidden">{t("Search or do")}</RadixDialog.Title>
          <Command shouldFilter={false} label={t("Search or do")}>
            <Command.Input value={text} onValueChange={setText} placeholder={t("Go to a board or card, create, change…")} />
            <Command.List label={t("Suggestions")}>
              <Command.Empty>{t("Nothing found.")}</Command.Empty>
              {groups.map(([name, items]) => (
                <Command.Group key={name} heading={name}>
                  {items.map((command) => (
                    <Command.Item key={command.id} value={command.id} onSelect={() => run(command)}>
                      {command.icon}
                      <span className={s.paletteText}>{command.label}</span>
                      {command.end && <span className={s.paletteEnd}>{command.end}</span>}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
