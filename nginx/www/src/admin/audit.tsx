/** The platform's audit log: what belongs to no brand, and what platform admins did to accounts and brands. */
import { AuditLog, nothingYet } from "../audit/log";
import { t } from "../lib/i18n";
import { Page } from "../screens/page";
import s from "../audit/audit.module.css";

const nobody = () => undefined;

export function AdminAudit() {
  return (
    <Page title={t("Audit log")}>
      <p className={s.lead}>{t("Signing in, accounts, and what platform admins did to brands. What people do within their brands stands in the brands' own logs and isn't shown here.")}</p>
      <AuditLog scope="admin" path="/admin/audit" platform names={nobody} empty={nothingYet()} />
    </Page>
  );
}
