/** The person's own area: its parts beside each other, on a phone a list that leads to them. Each part has an address. */
import { BellRing, ChevronRight, Database, KeyRound, ShieldCheck, UserRound } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import { Link, Redirect } from "wouter";
import { session } from "../api/session";
import { view } from "../api/view";
import type { User } from "../api/types";
import { NotFound } from "../app/not-found";
import { pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { usePhone } from "../lib/use-media";
import { useArrival } from "../screens/page";
import s from "../screens/screens.module.css";
import { BackLink, type Back } from "../ui/back";
import { cx, Empty } from "../ui/parts";
import { NotificationSettings } from "../notifications/settings";
import { YourData } from "./data";
import { Profile } from "./profile";
import { Security } from "./security";
import { NewToken, Tokens } from "./tokens";
import { SetUpTwoFactor } from "./two-factor";
import a from "./account.module.css";

interface Part {
  key: string;
  name: string;
  about: string;
  icon: typeof UserRound;
  body(user: User): ReactNode;
}

const parts = (): Part[] => [
  { key: "profile", name: t("Profile"), about: t("Names, appearance, time zone, limits"), icon: UserRound, body: (user) => <Profile user={user} /> },
  { key: "notifications", name: t("Notifications"), about: t("What you are told, how and when"), icon: BellRing, body: () => <NotificationSettings /> },
  { key: "security", name: t("Security"), about: t("E-mail, password, second factor, devices"), icon: ShieldCheck, body: (user) => <Security user={user} /> },
  { key: "tokens", name: t("API tokens"), about: t("Keys for your own programs"), icon: KeyRound, body: () => <Tokens /> },
  { key: "data", name: t("Your data"), about: t("Download everything, delete the account"), icon: Database, body: (user) => <YourData user={user} /> },
];

/** Pages below a part, by their address. */
const below = (): Record<string, { name: string; body: ReactNode }> => ({
  "tokens/new": { name: t("New API token"), body: <NewToken /> },
  "security/two-factor": { name: t("Set up the second factor"), body: <SetUpTwoFactor /> },
});

interface FrameProps {
  title: string;
  place: string;
  back?: Back | undefined;
  children: ReactNode;
}

function Frame({ title, place, back, children }: FrameProps) {
  const heading = useArrival(place);
  useEffect(() => {
    document.title = pageTitle(title);
  }, [title]);
  return (
    <>
      <header className={s.pageHead}>
        {back && <BackLink {...back} />}
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
      </header>
      {children}
    </>
  );
}

function PartList({ here }: { here: string | null }) {
  return (
    <nav aria-label={t("Settings")} className={here ? a.side : a.list}>
      {parts().map(({ key, name, about, icon: Icon }) => (
        <Link key={key} href={`/settings/${key}`} className={cx(a.part, here === key && a.partHere)} aria-current={here === key ? "page" : undefined}>
          <Icon size={18} aria-hidden />
          <span className={a.partText}>
            <span>{name}</span>
            {!here && <span className={s.memberMail}>{about}</span>}
          </span>
          {!here && <ChevronRight size={16} aria-hidden />}
        </Link>
      ))}
    </nav>
  );
}

export default function Settings({ part, more }: { part?: string | undefined; more?: string | undefined }) {
  const user = useStore(session, (x) => x.user);
  const phone = usePhone();
  const chosen = parts().find((row) => row.key === part);
  const deeper = more ? below()[`${part}/${more}`] : undefined;
  if (!user) return null;
  if (view) return <Empty level={1} title={t("These settings are {name}’s own", { name: view.name })}>{t("Looking as somebody shows the brand as they see it, but not their account.")}</Empty>;
  if (!part && !phone) return <Redirect to="/settings/profile" replace />;
  if ((part && !chosen) || (more && !deeper)) return <NotFound what={t("This page")} />;
  const place = `${part ?? ""}/${more ?? ""}`;
  const back = deeper ? { href: `/settings/${part}`, name: chosen!.name } : phone && chosen ? { href: "/settings", name: t("Settings") } : undefined;
  return (
    <div className={cx(s.page, a.area)}>
      {!phone && <PartList here={part!} />}
      <div className={a.content}>
        <Frame title={deeper?.name ?? chosen?.name ?? t("Settings")} place={place} back={back}>
          {deeper ? deeper.body : chosen ? chosen.body(user) : <PartList here={null} />}
        </Frame>
      </div>
    </div>
  );
}
