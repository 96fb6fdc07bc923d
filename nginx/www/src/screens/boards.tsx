/** The start: every board, by team. */
import { useQuery } from "@tanstack/react-query";
import { LayoutGrid, Plus } from "lucide-react";
import { useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { api } from "../api/client";
import type { Board, Team } from "../api/types";
import { boardsQuery, refetch, teamsQuery, useBrandId, useRights } from "../data/resources";
import { ago } from "../lib/dates";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Empty, Failed, Field, Notice, Skeleton, TextField } from "../ui/parts";
import { Page } from "./page";
import s from "./screens.module.css";

function NewBoard({ teams, brandId, onClose }: { teams: Team[]; brandId: string; onClose(): void }) {
  const [name, setName] = useState("");
  const [teamId, setTeamId] = useState(teams[0]?.id ?? "");
  const [, navigate] = useLocation();
  const form = useForm(
    async () => {
      const board = await api.post<Board>("/boards", { name: name.trim(), team_id: teamId });
      await refetch(brandId, "boards");
      navigate(`/b/${board.id}`);
    },
    undefined,
    ["name", "team_id"],
  );
  return (
    <Dialog title={t("New board")} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField label={t("Name")} required autoFocus maxLength={100} error={form.of("name")} value={name} onChange={(event) => setName(event.target.value)} />
        <Field label={t("Team")} hint={t("Its members see the board.")} error={form.of("team_id")}>
          {(props) => (
            <select {...props} required value={teamId} onChange={(event) => setTeamId(event.target.value)}>
              {teams.map((team) => <option key={team.id} value={team.id}>{team.name}</option>)}
            </select>
          )}
        </Field>
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy || !teamId}>{t("Create board")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

function byTeam(boards: Board[]): [string, Board[]][] {
  const groups = new Map<string, Board[]>();
  for (const board of boards) groups.set(board.team_name, [...(groups.get(board.team_name) ?? []), board]);
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

function BoardTile({ board }: { board: Board }) {
  return (
    <li>
      <Link href={`/b/${board.id}`} className={s.tile}>
        <span className={s.tileKey} aria-hidden>{board.key}</span>
        <span className={s.tileName}>{board.name}</span>
        <span className={s.tileMeta}>
          {t("{count, plural, one {# card} other {# cards}}", { count: board.task_count })} · {t("changed {when}", { when: ago(board.updated_at) })}
        </span>
      </Link>
    </li>
  );
}

function TilesSkeleton() {
  return (
    <div className={s.tiles} role="status" aria-label={t("Loading the boards")}>
      {Array.from({ length: 6 }, (_, i) => <Skeleton key={i} height={92} />)}
    </div>
  );
}

export default function Boards() {
  const brandId = useBrandId() ?? "none";
  const rights = useRights();
  const boards = useQuery(boardsQuery(brandId));
  const mayCreate = rights.can("can_create_projects");
  const teams = useQuery({ ...teamsQuery(brandId), enabled: mayCreate }).data ?? [];
  const search = useSearch();
  const [, navigate] = useLocation();
  const [asked, setAsked] = useState(false);
  const creating = asked || new URLSearchParams(search).get("new") === "board";
  const close = () => {
    setAsked(false);
    if (search) navigate("/", { replace: true });
  };
  const button = mayCreate && <Button look="primary" onClick={() => setAsked(true)}><Plus size={16} aria-hidden />{t("New board")}</Button>;
  return (
    <Page title={t("Boards")} action={boards.data?.length ? button : undefined}>
      {boards.isPending && <TilesSkeleton />}
      {boards.isError && !boards.data && <Failed what={t("The boards could not be loaded.")} retry={() => void boards.refetch()} />}
      {boards.data?.length === 0 && (
        <Empty icon={<LayoutGrid size={32} aria-hidden />} title={t("No boards yet")} action={button}>
          {mayCreate ? t("A board shows a team's work as cards in lists, from “to do” to “done”.") : t("Boards of your teams appear here. Ask a manager to add you to a team.")}
        </Empty>
      )}
      {byTeam(boards.data ?? []).map(([team, rows]) => (
        <section key={team} className={s.group} aria-label={team}>
          <h2>{team}</h2>
          <ul className={s.tiles}>{rows.map((board) => <BoardTile key={board.id} board={board} />)}</ul>
        </section>
      ))}
      {creating && mayCreate && teams.length > 0 && <NewBoard teams={teams} brandId={brandId} onClose={close} />}
    </Page>
  );
}
