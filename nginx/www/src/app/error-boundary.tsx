import { Component, useEffect, useRef, type ReactNode } from "react";
import { connection } from "../data/connection";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Empty, Failed } from "../ui/parts";

interface State {
  why: "broke" | "missing" | null;
}

/** A part of the app couldn't be fetched; each browser says so in its own words. */
const isMissing = (error: unknown) => error instanceof TypeError && /\b(import|module)/i.test(error.message);

const again = () => location.reload();

/** Offline, or gone with a new release. What waits to be sent is kept over the loading. */
function Missing() {
  const reachable = useStore(connection, (c) => c.reachable);
  const lost = useRef(false);
  useEffect(() => {
    if (!reachable) lost.current = true;
    else if (lost.current) again();
  }, [reachable]);
  if (reachable) return <Failed what={t("This page could not be loaded.")} retry={again} />;
  return <div role="alert"><Empty title={t("This page isn't here yet")}>{t("It opens by itself once there is a connection.")}</Empty></div>;
}

/** Says that a screen broke, or isn't here, and offers to load it anew. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { why: null };

  static getDerivedStateFromError(error: unknown): State {
    return { why: isMissing(error) ? "missing" : "broke" };
  }

  override render(): ReactNode {
    if (this.state.why === null) return this.props.children;
    return this.state.why === "missing" ? <Missing /> : <Failed what={t("This page broke. That is our fault.")} retry={again} />;
  }
}
