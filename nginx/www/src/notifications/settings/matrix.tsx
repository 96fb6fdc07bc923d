/** Each kind of news, and the ways by which it comes: a table, on a phone one block for each kind. */
import { t } from "../../lib/i18n";
import { GROUPS, newsName } from "../words";
import { save, WAYS, type TypeWish, type Way, type Wishes } from "./data";
import s from "./settings.module.css";

export const wayName = (way: Way): string => ({ in_app: t("In the app"), email: t("E-mail"), push: t("Push"), sms: t("SMS") })[way];

/** The server's kinds in our groups; one that we don't know stands at the end. */
function grouped(types: TypeWish[]): { title: string; rows: TypeWish[] }[] {
  const left = new Map<string, TypeWish>(types.map((row) => [row.type, row]));
  const groups = GROUPS().map(([title, names]) => ({ title, rows: names.flatMap((name) => left.get(name) ?? []) }));
  for (const group of groups) for (const row of group.rows) left.delete(row.type);
  return [...groups, { title: t("More"), rows: [...left.values()] }].filter((group) => group.rows.length > 0);
}

function Cell({ row, way }: { row: TypeWish; way: Way }) {
  const change = (on: boolean) => save({ types: [{ type: row.type, ways: { [way]: on } }] });
  return (
    <td role="cell">
      <label className={s.box}>
        <input type="checkbox" checked={row.ways[way]} aria-label={`${newsName(row.type, row.label)}: ${wayName(way)}`} onChange={(event) => change(event.target.checked)} />
        <span aria-hidden>{wayName(way)}</span>
      </label>
    </td>
  );
}

/** Ways that lead nowhere aren't offered. */
const offered = (wishes: Wishes): Way[] => WAYS.filter((way) => way !== "sms" || wishes.sms.available);

export function Matrix({ wishes }: { wishes: Wishes }) {
  const ways = offered(wishes);
  return (
    <table role="table" className={s.matrix} aria-label={t("What you are told, and how")}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">{t("When")}</th>
          {ways.map((way) => <th key={way} role="columnheader" scope="col">{wayName(way)}</th>)}
        </tr>
      </thead>
      {grouped(wishes.types).map((group) => (
        <tbody key={group.title} role="rowgroup">
          <tr role="row" className={s.group}><th role="rowheader" scope="rowgroup" colSpan={ways.length + 1}>{group.title}</th></tr>
          {group.rows.map((row) => (
            <tr key={row.type} role="row">
              <th role="rowheader" scope="row">{newsName(row.type, row.label)}</th>
              {ways.map((way) => <Cell key={way} row={row} way={way} />)}
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}
