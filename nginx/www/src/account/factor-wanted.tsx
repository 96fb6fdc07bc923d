/** In place of a brand's pages, while it asks for a second factor that the person doesn't have. */
import { ShieldAlert } from "lucide-react";
import { useEffect } from "react";
import { Link } from "wouter";
import { session } from "../api/session";
import { askAgain } from "../data/two-factor";
import { pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Button, cx, Empty } from "../ui/parts";
import ui from "../ui/ui.module.css";
import a from "./account.module.css";

export default function FactorWanted() {
  const name = useStore(session, (x) => x.brands.find((brand) => brand.id === x.brandId)?.name ?? "");
  const title = t("{brand} asks for a second factor", { brand: name });
  useEffect(() => {
    document.title = pageTitle(title);
  }, [title]);
  const action = (
    <div className={cx(a.buttons, a.centred)}>
      <Link href="/settings/security/two-factor?wanted=1" className={`${ui.button} ${ui.primary}`}>{t("Set it up")}</Link>
      <Button onClick={() => void askAgain()}>{t("Try again")}</Button>
    </div>
  );
  return (
    <Empty level={1} icon={<ShieldAlert size={32} aria-hidden />} title={title} action={action}>
      {t("Everybody there signs in with a code from the phone beside the password. Setting it up takes a minute; then all is as before. Your other brands are open to you as they are.")}
    </Empty>
  );
}
