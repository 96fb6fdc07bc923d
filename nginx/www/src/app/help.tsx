/** The shortcuts, and the switch that turns the single-letter ones off. */
import { useEffect } from "react";
import { t } from "../lib/i18n";
import { modKey, setSingleKeys, singleKeys, useKey } from "../lib/keys";
import { createStore, useStore } from "../lib/store";
import { Dialog } from "../ui/overlays";
import { Kbd } from "../ui/parts";
import s from "./app.module.css";

export const helpOpen = createStore(false);

type Line = [keys: string[], does: string];

function sections(): [string, Line[]][] {
  return [
    [t("Everywhere"), [
      [[modKey(), "K"], t("Go to, create, change: the palette")],
      [[modKey(), "Z"], t("Undo the last removal or move")],
      [["N"], t("Notifications")],
      [["?"], t("This list")],
      [["Esc"], t("Close, cancel, clear the choice")],
    ]],
    [t("Board"), [
      [["←", "↑", "→", "↓"], t("From card to card")],
      [["Enter"], t("Open the card")],
      [[t("Space")], t("Lift the card; arrows move it, Space drops it")],
      [["C"], t("Add a card")],
      [["M"], t("Move to…")],
      [["X"], t("Choose the card, for several at once")],
      [["E"], t("Archive the card")],
      [["/"], t("Filter by text")],
    ]],
    [t("Notifications"), [
      [["J", "K"], t("Next, previous")],
      [["Enter"], t("Open what it is about")],
      [["E"], t("Mark as read or unread")],
      [[t("Del")], t("Remove it")],
    ]],
    [t("Task"), [
      [["J"], t("Next task")],
      [["K"], t("Previous task")],
    ]],
  ];
}

export function Help() {
  const open = useStore(helpOpen);
  const single = useStore(singleKeys);
  useKey("?", () => helpOpen.set(true), { inOverlays: true });
  useEffect(() => () => helpOpen.set(false), []);
  if (!open) return null;
  return (
    <Dialog title={t("Keyboard shortcuts")} open onClose={() => helpOpen.set(false)} wide>
      <div className={s.shortcuts}>
        {sections().map(([title, lines]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {lines.map(([keys, does]) => (
                <div key={does}>
                  <dt>{keys.map((key) => <Kbd key={key}>{key}</Kbd>)}</dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <label className={s.check}>
        <input type="checkbox" checked={single} onChange={(event) => setSingleKeys(event.target.checked)} />
        {t("Single-letter shortcuts")}
      </label>
    </Dialog>
  );
}
