import { announcement } from "../lib/announce";
import { useStore } from "../lib/store";

/** What screen readers hear. Two regions, so that urgent words interrupt and others wait; the key makes a repeat heard. */
export function LiveRegion() {
  const { text, urgency, count } = useStore(announcement);
  return (
    <>
      <div className="visually-hidden" aria-live="assertive" aria-atomic="true" data-live="assertive">
        {urgency === "assertive" && <span key={count}>{text}</span>}
      </div>
      <div className="visually-hidden" aria-live="polite" aria-atomic="true" data-live="polite">
        {urgency === "polite" && <span key={count}>{text}</span>}
      </div>
    </>
  );
}
