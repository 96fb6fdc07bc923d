/** What each role may do here: the default, what the brand makes of it, and how many people that touches. On a phone one role at a time. */
import { useQuery } from "@tanstack/react-query";
import { Check, Minus } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { api, explain, getAll } from "../api/client";
import type { Role } from "../api/types";
import type { Role as RoleRow, RolePermission } from "../api/types.gen";
import { NotFound } from "../app/not-found";
import { refetch, useBrand, useBrandId, useRights, type Rights } from "../data/resources";
import { t } from "../lib/i18n";
import { usePhone } from "../lib/use-media";
import { Page, RowsSkeleton } from "../screens/page";
import { Actions, Dialog } from "../ui/overlays";
import { Button, cx, Failed, Field, Notice } from "../ui/parts";
import { toast } from "../ui/toasts";
import { memberWords } from "./member-acts";
import { PeopleNav } from "./people-nav";
import { useDraft } from "../lib/use-draft";
import { groupsOf, permissionName, roleMeaning, roleName, ROLES, rolesBelow } from "./words";
import s from "./brand.module.css";

const rolesQuery = (brandId: string) => ({ queryKey: [brandId, "roles"], queryFn: () => getAll<RoleRow>(`/brands/${brandId}/roles`) });

/** "member/can_comment" → whether the role is to have it. */
type Wanted = Record<string, boolean>;

interface Cell {
  role: RoleRow;
  permission: RolePermission;
  /** As it will be once saved. */
  on: boolean;
  /** Other than the default. */
  changed: boolean;
  /** Not saved yet. */
  dirty: boolean;
  /** Why it can't be changed; null when it can. */
  fixed: string | null;
}

interface Matrix {
  roles: RoleRow[];
  keys: string[];
  cell(role: RoleRow, key: string): Cell;
}

function whyFixed(role: RoleRow, p: RolePermission, own: Role, rights: Rights, mayChange: boolean): string | null {
  if (role.role === "owner") return t("Owners may do everything");
  if (!mayChange) return t("Only who manages people changes it");
  if (!rolesBelow(own).includes(role.role)) return t("This role is above yours");
  if (!rights.can(p.key) && !p.effective) return t("Only who has it themselves gives it");
  return null;
}

function matrixOf(roles: RoleRow[], wanted: Wanted, own: Role, rights: Rights, mayChange: boolean): Matrix {
  const sorted = [...roles].sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
  return {
    roles: sorted,
    keys: sorted[0]?.permissions.map((p) => p.key) ?? [],
    cell(role, key) {
      const permission = role.permissions.find((p) => p.key === key)!;
      const on = wanted[`${role.role}/${key}`] ?? permission.effective;
      return { role, permission, on, changed: on !== permission.default, dirty: on !== permission.effective, fixed: whyFixed(role, permission, own, rights, mayChange) };
    },
  };
}

/** What a screen reader says of a cell besides "can" and "can't", and what the mark in it means. */
function cellWords(cell: Cell): string {
  const parts = [cell.changed ? (cell.permission.default ? t("by default they can") : t("by default they can't")) : "", cell.dirty ? t("not saved yet") : "", cell.fixed ?? ""];
  return parts.filter(Boolean).join(", ");
}

// ---- the table

interface TableProps {
  matrix: Matrix;
  toggle(cell: Cell): void;
}

/** One tab stop; arrows, Home and End go from cell to cell, Space changes it. */
function useGrid(rows: number, columns: number) {
  const [at, setAt] = useState({ row: 0, column: 0 });
  const box = useRef<HTMLTableElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    if (moved.current) box.current?.querySelector<HTMLElement>(`[data-cell="${at.row}/${at.column}"]`)?.focus();
  }, [at]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const by = step[event.key];
    const next = by ? { row: at.row + by[0], column: at.column + by[1] }
      : event.key === "Home" ? { row: event.ctrlKey ? 0 : at.row, column: 0 }
      : event.key === "End" ? { row: event.ctrlKey ? rows - 1 : at.row, column: columns - 1 } : null;
    if (!next) return;
    event.preventDefault();
    moved.current = true;
    setAt({ row: Math.max(0, Math.min(rows - 1, next.row)), column: Math.max(0, Math.min(columns - 1, next.column)) });
  };
  return { at, box, onKeyDown, put: (row: number, column: number) => setAt({ row, column }) };
}

function CellButton({ cell, place, tabbable, onToggle, onFocus }: { cell: Cell; place: string; tabbable: boolean; onToggle(): void; onFocus(): void }) {
  const words = cellWords(cell);
  const label = cell.on
    ? t("{role} can: {permission}", { role: roleName(cell.role.role), permission: permissionName(cell.permission.key) })
    : t("{role} can't: {permission}", { role: roleName(cell.role.role), permission: permissionName(cell.permission.key) });
  return (
    <button
      type="button" role="checkbox" aria-checked={cell.on} aria-disabled={cell.fixed !== null} aria-label={words ? `${label}, ${words}` : label} title={words || undefined}
      className={cx(s.cell, cell.on && s.cellOn, cell.changed && s.cellChanged, cell.dirty && s.cellDirty, cell.fixed !== null && s.cellFixed)}
      data-cell={place} tabIndex={tabbable ? 0 : -1} onFocus={onFocus} onClick={() => cell.fixed === null && onToggle()}
    >
      {cell.on ? <Check size={17} aria-hidden /> : <Minus size={15} aria-hidden />}
    </button>
  );
}

function MatrixTable({ matrix, toggle }: TableProps) {
  const groups = groupsOf(matrix.keys);
  const order = groups.flatMap((group) => group.permissions.map(([key]) => key));
  const grid = useGrid(order.length, matrix.roles.length);
  return (
    <div className={s.matrixBox} role="region" aria-label={t("What roles may do")}>
      <table className={s.matrix} role="grid" ref={grid.box} onKeyDown={grid.onKeyDown}>
        <thead>
          <tr role="row">
            <th scope="col" role="columnheader">{t("May they …")}</th>
            {matrix.roles.map((role) => (
              <th key={role.role} scope="col" role="columnheader" title={roleMeaning(role.role)}>
                {roleName(role.role)}<span className={s.count}>{t("{count, plural, =0 {nobody} one {# person} other {# people}}", { count: role.member_count })}</span>
              </th>
            ))}
          </tr>
        </thead>
        {groups.map((group) => (
          <tbody key={group.title} role="rowgroup">
            <tr role="row"><th role="rowheader" scope="colgroup" colSpan={matrix.roles.length + 1} className={s.groupRow}>{group.title}</th></tr>
            {group.permissions.map(([key, words]) => {
              const row = order.indexOf(key);
              return (
                <tr key={key} role="row">
                  <th scope="row" role="rowheader"><span className={s.switchName}>{words.name}</span><span className={s.about}>{words.about}</span></th>
                  {matrix.roles.map((role, column) => {
                    const cell = matrix.cell(role, key);
                    return (
                      <td key={role.role} role="gridcell">
                        <CellButton cell={cell} place={`${row}/${column}`} tabbable={grid.at.row === row && grid.at.column === column} onFocus={() => grid.put(row, column)} onToggle={() => toggle(cell)} />
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </div>
  );
}

// ---- one role at a time

function OneRole({ matrix, toggle }: TableProps) {
  const [name, setName] = useState<Role>("member");
  const role = matrix.roles.find((r) => r.role === name) ?? matrix.roles[0]!;
  return (
    <>
      <Field label={t("Role")} hint={roleMeaning(role.role)}>
        {(props) => (
          <select {...props} value={role.role} onChange={(event) => setName(event.target.value as Role)}>
            {matrix.roles.map((r) => <option key={r.role} value={r.role}>{`${roleName(r.role)} (${t("{count, plural, =0 {nobody} one {# person} other {# people}}", { count: r.member_count })})`}</option>)}
          </select>
        )}
      </Field>
      {groupsOf(matrix.keys).map((group) => (
        <section key={group.title} className={s.card} aria-label={group.title}>
          <h2>{group.title}</h2>
          {group.permissions.map(([key, words]) => {
            const cell = matrix.cell(role, key);
            return (
              <label key={key} className={s.switch}>
                <input type="checkbox" checked={cell.on} disabled={cell.fixed !== null} onChange={() => toggle(cell)} />
                <span>
                  <span className={s.switchName}>{words.name}</span>
                  <span className={s.about}>{words.about}</span>
                  {cellWords(cell) && <span className={s.changed}>{cellWords(cell)}</span>}
                </span>
              </label>
            );
          })}
        </section>
      ))}
    </>
  );
}

// ---- saving

interface Change {
  role: RoleRow;
  cells: Cell[];
}

function SaveDialog({ brandId, changes, onClose }: { brandId: string; changes: Change[]; onClose(done: boolean): void }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string[]>([]);
  const people = changes.reduce((sum, { role }) => sum + role.member_count, 0);
  const save = async () => {
    setBusy(true);
    const wrong: string[] = [];
    for (const { role, cells } of changes) {
      const permissions = Object.fromEntries(cells.map((cell) => [cell.permission.key, cell.on === cell.permission.default ? null : cell.on]));
      try {
        await api.patch(`/brands/${brandId}/roles/${role.role}`, { permissions }, role.version > 0 ? { ifMatch: role.version } : {});
      } catch (error) {
        wrong.push(`${roleName(role.role)}: ${memberWords(error)}`);
      }
    }
    await Promise.all([refetch(brandId, "roles"), refetch(brandId, "members"), refetch("brand", brandId)]);
    setBusy(false);
    setFailed(wrong);
    if (wrong.length === 0) {
      toast({ text: t("Saved.") });
      onClose(true);
    }
  };
  return (
    <Dialog title={t("Change what roles may do?")} open onClose={() => onClose(false)} wide>
      {failed.length > 0 && <Notice>{failed.map((text) => <p key={text}>{text}</p>)}</Notice>}
      <p>{t("{people, plural, =0 {Nobody has these roles now; it holds for those who get them.} one {It touches # person, from the next request on.} other {It touches # people, from their next request on.}} What was set for single people stays as it is.", { people })}</p>
      <ul className={s.changes}>
        {changes.map(({ role, cells }) => (
          <li key={role.role}>
            <strong>{roleName(role.role)}</strong>
            <ul>
              {cells.map((cell) => <li key={cell.permission.key}>{cell.on ? t("can from now on: {permission}", { permission: permissionName(cell.permission.key) }) : t("can no longer: {permission}", { permission: permissionName(cell.permission.key) })}{cell.changed ? "" : ` (${t("the default")})`}</li>)}
            </ul>
          </li>
        ))}
      </ul>
      <Actions>
        <Button onClick={() => onClose(false)}>{t("Cancel")}</Button>
        <Button look="primary" disabled={busy} onClick={() => void save()}>{busy ? t("Saving…") : t("Save the changes")}</Button>
      </Actions>
    </Dialog>
  );
}

export default function Roles() {
  const brandId = useBrandId() ?? "none";
  const brand = useBrand();
  const rights = useRights();
  const phone = usePhone();
  const allowed = rights.can("can_manage_users") || rights.can("can_invite_users");
  const query = useQuery({ ...rolesQuery(brandId), enabled: allowed });
  const draft = useDraft<{ wanted: Wanted }>(`${brandId}/roles`, useMemo(() => ({ wanted: {} }), []));
  const [asking, setAsking] = useState(false);
  if (brand && !allowed) return <NotFound what={t("This page")} />;
  const { wanted } = draft.value;
  const mayChange = rights.can("can_manage_users") && brand?.status === "active";
  const matrix = matrixOf(query.data ?? [], wanted, brand?.role ?? "guest", rights, mayChange);
  const changes = matrix.roles
    .map((role) => ({ role, cells: matrix.keys.map((key) => matrix.cell(role, key)).filter((cell) => cell.dirty) }))
    .filter(({ cells }) => cells.length > 0);
  const count = changes.reduce((sum, { cells }) => sum + cells.length, 0);
  const toggle = ({ role, permission, on }: Cell) => {
    const next = { ...wanted, [`${role.role}/${permission.key}`]: !on };
    if (!on === permission.effective) delete next[`${role.role}/${permission.key}`];
    draft.set({ wanted: next });
  };
  return (
    <Page title={t("Roles")}>
      <PeopleNav />
      <p className={s.muted}>
        {t("Each role begins with the defaults of Karara. A cell with a dot is what this brand has made of it; changed back, the dot goes.")}
        {brand && !mayChange && ` ${t("You may look; those who manage people change it.")}`}
      </p>
      {query.isPending && <RowsSkeleton rows={8} />}
      {query.isError && <Failed what={explain(query.error)} retry={() => void query.refetch()} />}
      {query.data && (phone ? <OneRole matrix={matrix} toggle={toggle} /> : <MatrixTable matrix={matrix} toggle={toggle} />)}
      {count > 0 && (
        <section className={s.saveBar} aria-label={t("Changes of roles")}>
          <strong role="status">{t("{count, plural, one {# change is} other {# changes are}} not saved yet.", { count })}</strong>
          <span className={s.barActs}>
            <Button onClick={draft.reset}>{t("Discard")}</Button>
            <Button look="primary" onClick={() => setAsking(true)}>{t("Save…")}</Button>
          </span>
        </section>
      )}
      {asking && <SaveDialog brandId={brandId} changes={changes} onClose={(done) => {
        setAsking(false);
        if (done) draft.reset();
      }} />}
    </Page>
  );
}
