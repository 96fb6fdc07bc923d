import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { t } from "../lib/i18n";
import { Button } from "../ui/parts";
import { toast } from "../ui/toasts";

/** Copies a text and says so for a while. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), 3000) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true), () => toast({ text: t("The browser did not let us copy. Mark the text and copy it yourself."), tone: "danger" }));
  return (
    <Button onClick={() => void copy()}>
      {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
      <span aria-live="polite">{copied ? t("Copied") : label}</span>
    </Button>
  );
}
