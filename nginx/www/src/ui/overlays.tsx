/**
 * Dialogs, menus and popovers on Radix. Radix's own overlay and its modal menus inject a style element to lock
 * scrolling, which the content security policy forbids; the page itself never scrolls, so neither is needed.
 */
import * as RadixDialog from "@radix-ui/react-dialog";
import * as RadixMenu from "@radix-ui/react-dropdown-menu";
import * as RadixPopover from "@radix-ui/react-popover";
import { Check, X } from "lucide-react";
import { createContext, useContext, useState, type ReactNode } from "react";
import { t } from "../lib/i18n";
import { Button, cx } from "./parts";
import s from "./ui.module.css";

/**
 * Where menus and popovers are put: inside the dialog that they belong to, else inside the main landmark, so that
 * they are never outside of every landmark nor hidden with what lies behind a dialog.
 */
export const LayerContext = createContext<HTMLElement | null>(null);

const useLayer = () => useContext(LayerContext) ?? document.getElementById("main");

/** A click on a toast is not a click outside. */
export function keepForToasts(event: { target: EventTarget | null; preventDefault(): void; detail?: { originalEvent: Event } }): void {
  const target = (event.detail?.originalEvent.target ?? event.target) as Element | null;
  if (target?.closest?.("[data-toasts]")) event.preventDefault();
}

interface DialogProps {
  title: string;
  open: boolean;
  onClose(): void;
  children: ReactNode;
  wide?: boolean;
  description?: string;
}

/** What was pressed to get here; an item of a menu is gone by then, and stands for the button that opened the menu. */
function opener(): HTMLElement | null {
  const here = document.activeElement as HTMLElement | null;
  const menu = here?.closest("[role=menu]");
  return menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : here;
}

/** Mounted as it opens, so that it knows where the focus was: it goes back there. Radix does so only for a trigger of its own. */
function DialogBody({ title, children, wide, description }: Omit<DialogProps, "open" | "onClose">) {
  const [before] = useState(opener);
  const giveBack = (event: Event) => {
    event.preventDefault();
    if (before?.isConnected) before.focus();
  };
  return (
    <RadixDialog.Content
      className={cx(s.dialog, wide && s.dialogWide)}
      onInteractOutside={keepForToasts}
      onCloseAutoFocus={giveBack}
      {...(description ? {} : { "aria-describedby": undefined })}
    >
      <div className={s.dialogHead}>
        <RadixDialog.Title className={s.dialogTitle}>{title}</RadixDialog.Title>
        <RadixDialog.Close asChild>
          <Button look="quiet" icon aria-label={t("Close")}><X size={18} /></Button>
        </RadixDialog.Close>
      </div>
      {description && <RadixDialog.Description>{description}</RadixDialog.Description>}
      {children}
    </RadixDialog.Content>
  );
}

export function Dialog({ open, onClose, ...body }: DialogProps) {
  return (
    <RadixDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <RadixDialog.Portal>
        <div className={s.veil} />
        <DialogBody {...body} />
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

export const Actions = ({ children }: { children: ReactNode }) => <div className={s.actions}>{children}</div>;

interface ConfirmProps {
  title: string;
  text: string;
  yes: string;
  open: boolean;
  onClose(): void;
  onYes(): void;
}

export function Confirm({ title, text, yes, open, onClose, onYes }: ConfirmProps) {
  const go = () => {
    onClose();
    onYes();
  };
  return (
    <Dialog title={title} open={open} onClose={onClose} description={text}>
      <Actions>
        <Button onClick={onClose}>{t("Cancel")}</Button>
        <Button look="danger" onClick={go}>{yes}</Button>
      </Actions>
    </Dialog>
  );
}

interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  defaultOpen?: boolean;
}

export function Menu({ trigger, children, align = "end", defaultOpen = false }: MenuProps) {
  const layer = useLayer();
  return (
    <RadixMenu.Root modal={false} defaultOpen={defaultOpen}>
      <RadixMenu.Trigger asChild>{trigger}</RadixMenu.Trigger>
      <RadixMenu.Portal container={layer}>
        <RadixMenu.Content className={s.menu} align={align} sideOffset={4} collisionPadding={8}>
          {children}
        </RadixMenu.Content>
      </RadixMenu.Portal>
    </RadixMenu.Root>
  );
}

interface MenuItemProps {
  icon?: ReactNode;
  children: ReactNode;
  end?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect(): void;
}

export function MenuItem({ icon, children, end, danger, disabled, onSelect }: MenuItemProps) {
  return (
    <RadixMenu.Item className={cx(s.menuItem, danger && s.menuDanger)} disabled={disabled ?? false} onSelect={onSelect}>
      {icon}
      <span>{children}</span>
      {end && <span className={s.menuEnd}>{end}</span>}
    </RadixMenu.Item>
  );
}

export function MenuChoice({ checked, children, icon, onSelect }: { checked: boolean; children: ReactNode; icon?: ReactNode; onSelect(): void }) {
  return (
    <RadixMenu.CheckboxItem className={s.menuItem} checked={checked} onSelect={onSelect}>
      {icon}
      <span>{children}</span>
      <span className={s.menuEnd}>{checked && <Check size={16} />}</span>
    </RadixMenu.CheckboxItem>
  );
}

export const MenuLabel = ({ children }: { children: ReactNode }) => <RadixMenu.Label className={s.menuLabel}>{children}</RadixMenu.Label>;
export const MenuLine = () => <RadixMenu.Separator className={s.menuLine} />;

interface PopoverProps {
  trigger: ReactNode;
  label: string;
  children: ReactNode;
  open?: boolean;
  onOpenChange?(open: boolean): void;
  align?: "start" | "end";
  /** For a list rather than a few fields. */
  wide?: boolean;
}

export function Popover({ trigger, label, children, open, onOpenChange, align = "start", wide = false }: PopoverProps) {
  const layer = useLayer();
  const controlled = open === undefined ? {} : { open };
  return (
    <RadixPopover.Root {...controlled} {...(onOpenChange ? { onOpenChange } : {})}>
      <RadixPopover.Trigger asChild>{trigger}</RadixPopover.Trigger>
      <RadixPopover.Portal container={layer}>
        <RadixPopover.Content className={cx(s.popover, wide && s.popoverWide)} onInteractOutside={keepForToasts} align={align} sideOffset={4} collisionPadding={8} aria-label={label}>
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  );
}
