import { useEffect } from "react";
import { Link } from "wouter";
import { pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import { Empty } from "../ui/parts";
import ui from "../ui/ui.module.css";

export function NotFound({ what }: { what?: string }) {
  useEffect(() => {
    document.title = pageTitle(t("Not found"));
  }, []);
  const title = what ? t("{what} is not here", { what }) : t("There is nothing at this address");
  return (
    <Empty level={1} title={title} action={<Link href="/" className={`${ui.button} ${ui.primary}`}>{t("Go to the boards")}</Link>}>
      {t("It may have been removed, it may belong to another brand, or you may not see it.")}
    </Empty>
  );
}
