/** What has to be known on every page of the brand: that it can only be read. */
import { Lock } from "lucide-react";
import { useBrand } from "../data/resources";
import { t } from "../lib/i18n";
import s from "../app/app.module.css";

export function BrandBanners() {
  const brand = useBrand();
  if (brand?.status !== "suspended") return null;
  return (
    <div className={s.banner} role="status">
      <Lock size={16} aria-hidden />
      <span>{t("{brand} is suspended: everything can be read, nothing can be changed. The administration of this installation can lift that.", { brand: brand.name })}</span>
    </div>
  );
}
