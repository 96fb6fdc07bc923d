/**
 * A part of the app that is fetched when it is first shown. As React's own lazy(), but for two things: what was fetched before is drawn
 * at once, and what arrives is drawn when it arrives, where React holds it back until its fallback was seen for 300 ms.
 */
import { useEffect, useReducer, useState, type ComponentType, type ReactNode } from "react";

type Load<P> = () => Promise<{ default: ComponentType<P> }>;

export type Part<P> = ComponentType<P> & {
  /** Fetches it ahead. Rejects where it can't be had, and may be tried again. */
  fetch(): Promise<void>;
};

/** `meanwhile` is shown until it is here. Where it can't be fetched, the nearest error boundary is told. */
export function part<P extends object>(load: Load<P>, meanwhile: () => ReactNode = () => null): Part<P> {
  let Loaded: ComponentType<P> | null = null;
  const fetch = async () => {
    Loaded ??= (await load()).default;
  };
  function Shown(props: P) {
    const [, draw] = useReducer((count: number) => count + 1, 0);
    const [failed, setFailed] = useState<{ error: unknown } | null>(null);
    useEffect(() => {
      if (!Loaded) fetch().then(draw, (error: unknown) => setFailed({ error }));
    }, []);
    if (failed) throw failed.error;
    return Loaded ? <Loaded {...props} /> : meanwhile();
  }
  return Object.assign(Shown, { fetch });
}
