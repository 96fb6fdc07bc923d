/** What an API token may be good for, in words, as a table of boxes. The list itself comes from the API's own description. */
import { useId } from "react";
import { scopes } from "../api/types.gen";
import { t, within } from "../lib/i18n";
import { ErrorText } from "../ui/parts";
import s from "../screens/screens.module.css";
import a from "./account.module.css";

interface Words {
  name: string;
  about: string;
}

/** A part of the API that isn't named here is offered under its own name. */
function wordsOf(domain: string): Words {
  const known: Record<string, Words> = {
    "*": { name: t("Everything"), about: t("all that you may do yourself, also what is added later") },
    tasks: { name: t("Cards"), about: t("cards, their fields and where they stand") },
    boards: { name: t("Boards"), about: t("boards and their lists") },
    teams: { name: t("Teams"), about: t("teams and who is in them") },
    divisions: { name: t("Divisions"), about: t("departments, their people and teams") },
    brands: { name: t("Brands"), about: t("brands, their settings, members and roles") },
    users: { name: t("People"), about: t("your account, and the people of your brands") },
    invitations: { name: t("Invitations"), about: t("who is invited into a brand") },
    activity: { name: t("Activity"), about: t("what happened on cards and boards") },
    audit: { name: t("Audit log"), about: t("who did what, where you may see it") },
    notifications: { name: t("Notifications"), about: t("yours, and which you get") },
    templates: { name: t("Templates"), about: t("cards that come back by schedule") },
    admin: { name: t("Installation"), about: t("all accounts and brands") },
    jobs: { name: t("Jobs"), about: t("the work that runs behind") },
    mail: { name: t("Mails"), about: t("what goes out, and whether it arrived") },
    health: { name: t("Health"), about: t("whether the parts of the installation work") },
  };
  return known[domain] ?? { name: domain, about: "" };
}

/** Of no use to anybody but those who run the installation. */
const PLATFORM = ["admin", "health", "jobs", "mail"];
const ORDER = ["*", "tasks", "boards", "teams", "divisions", "brands", "invitations", "users"];
const ways = ["read", "write"] as const;

const domainOf = (scope: string) => scope.split(":")[0]!;
const rank = (domain: string) => (ORDER.includes(domain) ? ORDER.indexOf(domain) : PLATFORM.includes(domain) ? 99 : 50);

function domains(platform: boolean): string[] {
  const all = [...new Set(["*", ...scopes.map(domainOf)])];
  return all.filter((domain) => platform || !PLATFORM.includes(domain)).sort((x, y) => rank(x) - rank(y) || x.localeCompare(y));
}

const exists = (scope: string) => scope.startsWith("*:") || (scopes as readonly string[]).includes(scope);

/** "Reads cards, boards. Changes cards." */
export function scopeWords(list: string[]): string {
  const of = (way: string) => list.filter((scope) => scope.endsWith(`:${way}`)).map((scope) => within(wordsOf(domainOf(scope)).name)).join(", ");
  const [read, write] = [of("read"), of("write")];
  return [read && t("Reads {what}.", { what: read }), write && t("Changes {what}.", { what: write })].filter(Boolean).join(" ");
}

interface ScopesProps {
  value: string[];
  platform: boolean;
  error: string | undefined;
  onChange(next: string[]): void;
}

export function Scopes({ value, platform, error, onChange }: ScopesProps) {
  const id = useId();
  const toggle = (scope: string, on: boolean) => onChange(on ? [...value, scope] : value.filter((other) => other !== scope));
  const box = (domain: string, way: "read" | "write") => {
    const scope = `${domain}:${way}`;
    const implied = domain !== "*" && value.includes(`*:${way}`);
    const label = way === "read" ? t("Read: {what}", { what: wordsOf(domain).name }) : t("Change: {what}", { what: wordsOf(domain).name });
    if (!exists(scope)) return <td key={way} />;
    return (
      <td key={way}>
        <label className={a.box}>
          <span className="visually-hidden">{label}</span>
          <input
            type="checkbox" checked={implied || value.includes(scope)} disabled={implied} aria-invalid={Boolean(error)}
            aria-describedby={error ? `${id}-error` : undefined} onChange={(event) => toggle(scope, event.target.checked)}
          />
        </label>
      </td>
    );
  };
  return (
    <fieldset className={a.scopes}>
      <legend className={s.lineName}>{t("What it may do")}</legend>
      <p className={s.muted}>{t("Never more than you may do yourself. The less, the safer when it gets lost.")}</p>
      {error && <ErrorText id={`${id}-error`}>{error}</ErrorText>}
      <table className={a.table}>
        <thead><tr><th scope="col">{t("Of")}</th><th scope="col">{t("Read")}</th><th scope="col">{t("Change")}</th></tr></thead>
        <tbody>
          {domains(platform).map((domain) => (
            <tr key={domain}>
              <th scope="row"><span>{wordsOf(domain).name}</span><span className={s.memberMail}>{wordsOf(domain).about}</span></th>
              {ways.map((way) => box(domain, way))}
            </tr>
          ))}
        </tbody>
      </table>
    </fieldset>
  );
}
