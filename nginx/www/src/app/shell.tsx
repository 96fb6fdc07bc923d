/** The frame around every screen of a signed-in person: navigation, brand, me. On a phone it opens from the left. */
import * as RadixDialog from "@radix-ui/react-dialog";
import { useQuery } from "@tanstack/react-query";
import { Building2, Check, ChevronsUpDown, Keyboard, LayoutGrid, LogOut, Menu as MenuIcon, Monitor, Moon, Plus, Repeat2, ScrollText, Search, ServerCog, Settings, SlidersHorizontal, Sun, Users, UsersRound } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { explain } from "../api/client";
import { session, signOut, switchBrand } from "../api/session";
import { view } from "../api/view";
import { outbox } from "../data/outbox";
import { boardsQuery, hasSettings, useBrandId, useRights } from "../data/resources";
import { saveTheme } from "../data/profile";
import { t } from "../lib/i18n";
import { modKey } from "../lib/keys";
import { useStore } from "../lib/store";
import { usePhone } from "../lib/use-media";
import { storedTheme, type Theme } from "../lib/theme";
import { Confirm, LayerContext, Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "../ui/overlays";
import { Avatar, Button, cx } from "../ui/parts";
import ui from "../ui/ui.module.css";
import { toast } from "../ui/toasts";
import { ConnectionBanner } from "./connection-banner";
import { helpOpen } from "./help";
import { paletteOpen } from "./palette-host";
import { BrandBanners } from "../brand/banners";
import { HereLogo, useHereLogo } from "../brand/logo";
import { Bell } from "../notifications/bell";
import { NewsWatch } from "../notifications/watch";
import s from "./app.module.css";

function useSwitch() {
  const [, navigate] = useLocation();
  return async (id: string) => {
    try {
      await switchBrand(id);
      navigate("/");
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
  };
}

function BrandSwitcher() {
  const brands = useStore(session, (x) => x.brands);
  const current = useBrandId();
  const go = useSwitch();
  const [, navigate] = useLocation();
  const rights = useRights();
  const brand = brands.find((b) => b.id === current);
  const trigger = (
    <button type="button" className={s.brand} aria-label={brand ? t("Brand: {name}. Switch or set up", { name: brand.name }) : t("Karara: set up a brand")}>
      <HereLogo size={26} />
      <span className={s.brandName}>{brand?.name ?? "Karara"}</span>
      <ChevronsUpDown size={15} aria-hidden />
    </button>
  );
  return (
    <Menu trigger={trigger} align="start">
      <MenuLabel>{t("Brands")}</MenuLabel>
      {brands.map((b) => <MenuItem key={b.id} icon={<Building2 size={16} />} end={b.id === current && <Check size={16} />} onSelect={() => void go(b.id)}>{b.name}</MenuItem>)}
      <MenuLine />
      {hasSettings(rights) && <MenuItem icon={<SlidersHorizontal size={16} />} onSelect={() => navigate("/brand")}>{t("Brand settings")}</MenuItem>}
      <MenuItem icon={<Plus size={16} />} onSelect={() => navigate("/start")}>{t("New brand")}</MenuItem>
    </Menu>
  );
}

const themes = (): [Theme, string, typeof Sun][] => [["light", t("Light"), Sun], ["dark", t("Dark"), Moon], ["auto", t("Automatic"), Monitor]];

function MeMenu() {
  const user = useStore(session, (x) => x.user);
  const waiting = useStore(outbox, (entries) => entries.length);
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  if (!user) return null;
  const leave = () => void signOut().catch((error: unknown) => toast({ text: explain(error), tone: "danger" }));
  const trigger = (
    <button type="button" className={s.me} aria-label={t("{name}: settings and sign-out", { name: user.name })}>
      <Avatar person={user} size={26} /><span className={s.brandName}>{user.name}</span>
    </button>
  );
  return (
    <>
      <Menu trigger={trigger} align="start">
        <MenuItem icon={<Settings size={16} />} onSelect={() => navigate("/settings")}>{t("Settings")}</MenuItem>
        <MenuItem icon={<Keyboard size={16} />} end="?" onSelect={() => helpOpen.set(true)}>{t("Keyboard shortcuts")}</MenuItem>
        <MenuLine />
        <MenuLabel>{t("Theme")}</MenuLabel>
        {themes().map(([theme, name, Icon]) => (
          <MenuChoice key={theme} icon={<Icon size={16} />} checked={storedTheme() === theme} onSelect={() => saveTheme(theme)}>{name}</MenuChoice>
        ))}
        <MenuLine />
        <MenuItem icon={<LogOut size={16} />} onSelect={() => (waiting > 0 ? setAsking(true) : leave())}>{t("Sign out")}</MenuItem>
      </Menu>
      <Confirm
        title={t("Sign out now?")}
        text={t("{count, plural, one {# change has} other {# changes have}} not been sent yet and would be lost.", { count: waiting })}
        yes={t("Sign out and lose them")} open={asking} onClose={() => setAsking(false)} onYes={leave}
      />
    </>
  );
}

function NavLink({ href, icon, children, also }: { href: string; icon?: ReactNode; children: ReactNode; also?: boolean }) {
  const [path] = useLocation();
  const here = also ?? path === href;
  return (
    <Link href={href} className={cx(s.navLink, here && s.navHere)} aria-current={here ? "page" : undefined}>
      {icon}<span>{children}</span>
    </Link>
  );
}

function Navigation({ bell = false }: { bell?: boolean }) {
  const brandId = useBrandId();
  const boards = useQuery({ ...boardsQuery(brandId ?? "none"), enabled: brandId !== null }).data ?? [];
  const [path] = useLocation();
  const { can } = useRights();
  const admin = useStore(session, (x) => x.user?.platform_role === "admin");
  // As wide as the longest, so that the names stand below each other.
  const keyWidth = { ["--letters" as string]: Math.max(4, ...boards.map((board) => board.key.length)) };
  return (
    <div className={s.nav}>
      <div className={s.navTop}><BrandSwitcher />{bell && <Bell />}</div>
      <button type="button" className={s.search} onClick={() => paletteOpen.set(true)}>
        <Search size={15} aria-hidden /><span>{t("Search or do")}</span><kbd className={ui.kbd}>{modKey()} K</kbd>
      </button>
      <nav aria-label={t("Main")} className={s.links}>
        <NavLink href="/" icon={<LayoutGrid size={16} aria-hidden />}>{t("Boards")}</NavLink>
        <NavLink href="/teams" icon={<UsersRound size={16} aria-hidden />}>{t("Teams")}</NavLink>
        <NavLink href="/templates" also={/^\/templates\b/.test(path)} icon={<Repeat2 size={16} aria-hidden />}>{t("Recurring tasks")}</NavLink>
        <NavLink href="/members" also={/^\/(members|roles|divisions|delegations)\b/.test(path)} icon={<Users size={16} aria-hidden />}>{t("Members")}</NavLink>
        {can("can_view_audit") && <NavLink href="/audit" icon={<ScrollText size={16} aria-hidden />}>{t("Audit log")}</NavLink>}
        {admin && <NavLink href="/admin" icon={<ServerCog size={16} aria-hidden />} also={/^\/admin(\/|$)/.test(path)}>{t("Platform")}</NavLink>}
        {boards.length > 0 && <h2 className={s.navTitle}>{t("Boards")}</h2>}
        {boards.map((board) => (
          <NavLink key={board.id} href={`/b/${board.id}`} icon={<span className={s.key} style={keyWidth} aria-hidden>{board.key}</span>} also={path.startsWith(`/b/${board.id}`)}>{board.name}</NavLink>
        ))}
      </nav>
      <MeMenu />
    </div>
  );
}

/** The brand where it has a logo of its own, else the product. */
function Wordmark() {
  const logo = useHereLogo();
  const name = useStore(session, (x) => x.brands.find((b) => b.id === x.brandId)?.name);
  const shown = logo && name ? name : "Karara";
  return <Link href="/" className={s.wordmark} aria-label={t("{name}: boards", { name: shown })}><HereLogo size={24} /><span className={s.brandName}>{shown}</span></Link>;
}

/** The same navigation, over the screen, for phones. */
function Drawer({ bell }: { bell: boolean }) {
  const [open, setOpen] = useState(false);
  const [layer, setLayer] = useState<HTMLElement | null>(null);
  const [path] = useLocation();
  useEffect(() => setOpen(false), [path]);
  return (
    <RadixDialog.Root open={open} onOpenChange={setOpen}>
      <header className={s.topbar}>
        <RadixDialog.Trigger asChild><Button look="quiet" icon aria-label={t("Open the navigation")}><MenuIcon size={20} /></Button></RadixDialog.Trigger>
        <Wordmark />
        <span className={s.topbarEnd}>
          {bell && <Bell />}
          <Button look="quiet" icon aria-label={t("Search or do")} onClick={() => paletteOpen.set(true)}><Search size={20} /></Button>
        </span>
      </header>
      <RadixDialog.Portal>
        <div className={ui.veil} />
        <RadixDialog.Content ref={setLayer} className={s.drawer} aria-describedby={undefined}>
          <RadixDialog.Title className="visually-hidden">{t("Navigation")}</RadixDialog.Title>
          <LayerContext.Provider value={layer}><Navigation /></LayerContext.Provider>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const brand = useBrandId();
  const phone = usePhone();
  // What somebody else was told is theirs alone.
  const told = brand !== null && !view;
  return (
    <div className={s.shell}>
      <a href="#main" className={s.skip}>{t("Skip to the content")}</a>
      {told && <NewsWatch brand={brand} />}
      <aside className={s.sidebar} aria-label={t("Navigation")}><Navigation bell={told && !phone} /></aside>
      <Drawer bell={told && phone} />
      <main id="main" className={s.main} tabIndex={-1}>
        <BrandBanners />
        <ConnectionBanner />
        <div className={s.content}>{children}</div>
      </main>
    </div>
  );
}
