import { Component, type ReactNode } from "react";
import { t } from "../lib/i18n";
import { Failed } from "../ui/parts";

interface State {
  failed: boolean;
}

/** Says that a screen broke, and offers to load it anew; after a new release its parts may simply be gone. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <Failed what={t("This page broke. That is our fault.")} retry={() => location.reload()} />;
  }
}
