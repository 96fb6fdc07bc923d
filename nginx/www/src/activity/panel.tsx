/** What happened on the board, beside it. */
import * as RadixDialog from "@radix-ui/react-dialog";
import { X } from "lucide-react";
import { useState } from "react";
import type { Activity } from "../api/types";
import { useShared } from "../board/context";
import { t } from "../lib/i18n";
import { keepForToasts, LayerContext } from "../ui/overlays";
import { Button } from "../ui/parts";
import ui from "../ui/ui.module.css";
import { ActivityFeed } from "./feed";
import { thingName } from "./words";
import s from "./activity.module.css";

function Thing({ entry, leave }: { entry: Activity; leave(): void }) {
  const { view, open, hrefOf } = useShared();
  const task = entry.subject.type === "task" ? view.byId.get(entry.subject.id ?? "") : undefined;
  if (!task) return <>{thingName(entry)}</>;
  const go = (event: React.MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    leave();
    open(task);
  };
  return <a className={s.link} href={hrefOf(task)} onClick={go}><span className={s.reference}>{task.reference}</span> {task.title}</a>;
}

export default function ActivityPanel({ onClose }: { onClose(): void }) {
  const { view } = useShared();
  const [layer, setLayer] = useState<HTMLElement | null>(null);
  return (
    <RadixDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <RadixDialog.Portal>
        <div className={ui.veil} />
        <RadixDialog.Content ref={setLayer} className={s.panel} aria-describedby={undefined} onInteractOutside={keepForToasts}>
          <LayerContext.Provider value={layer}>
            <div className={s.bar}>
              <RadixDialog.Title className={s.heading}>{t("Activity on {board}", { board: view.board.name })}</RadixDialog.Title>
              <RadixDialog.Close asChild><Button look="quiet" icon aria-label={t("Close")}><X size={18} /></Button></RadixDialog.Close>
            </div>
            <div className={s.body}>
              <ActivityFeed
                level={3} path={`/boards/${view.board.id}/activity`} news={view} thing={(entry) => <Thing entry={entry} leave={onClose} />}
                empty={t("Add a card, move one: everybody on this board can read here what was done.")}
              />
            </div>
          </LayerContext.Provider>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
