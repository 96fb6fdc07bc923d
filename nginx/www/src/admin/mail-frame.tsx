/**
 * A mail's HTML, shown so that it can do nothing: in a frame without scripts, forms or pop-ups of its own, after everything that
 * isn't text, layout or a link is taken out. The page's policy holds in the frame, too, and forbids inline styles; mails have
 * nothing else, so their styles are set one by one through the object model, which the policy leaves to scripts of ours.
 */
import { useMemo, useRef, useState } from "react";
import { t } from "../lib/i18n";
import s from "./admin.module.css";

const FORBIDDEN = "script,style,link,meta,base,iframe,frame,frameset,object,embed,form,input,button,textarea,select,svg,math,audio,video,source,template,noscript";
/** Where a mail's own style is kept until the frame has loaded. */
const STYLE = "data-style";

const isLink = (href: string) => /^(https?|mailto):/i.test(href);
/** Nothing is fetched from elsewhere: that would tell its sender who reads, and when. */
const isInline = (src: string) => /^data:image\/(png|jpeg|gif|webp);/i.test(src);

export interface SafeMail {
  html: string;
  links: { href: string; text: string }[];
  /** How many pictures of elsewhere were left out. */
  pictures: number;
}

/** Inside of tags only. The policy is asked as soon as a style is parsed, even where nothing is shown. */
const withoutStyles = (source: string) =>
  source.replace(/<style\b[\s\S]*?<\/style\s*>/gi, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, ` ${STYLE}=`));

export function safeMail(source: string): SafeMail {
  const page = new DOMParser().parseFromString(withoutStyles(source), "text/html");
  for (const element of page.querySelectorAll(FORBIDDEN)) element.remove();
  const links = new Map<string, string>();
  let pictures = 0;
  for (const element of page.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      const lower = name.toLowerCase();
      const keep = lower === "href" ? isLink(value) : lower === "src" ? isInline(value) : !/^(on|srcset|background|action|formaction|ping|poster|target|xlink:)/.test(lower);
      if (!keep || lower === "style") element.removeAttribute(name);
      if (!keep && lower === "src") pictures++;
    }
    if (element instanceof HTMLAnchorElement && element.getAttribute("href")) {
      element.target = "_blank";
      element.rel = "noopener noreferrer";
      links.set(element.getAttribute("href")!, element.textContent?.trim() ?? "");
    }
  }
  return { html: new XMLSerializer().serializeToString(page.documentElement), links: [...links].map(([href, text]) => ({ href, text })), pictures };
}

const LEAST = 240;
const MOST = 2400;

export function MailFrame({ mail, title }: { mail: SafeMail; title: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(LEAST);
  const source = useMemo(() => `<!DOCTYPE html>${mail.html}`, [mail.html]);
  const loaded = () => {
    const inside = frame.current?.contentDocument;
    if (!inside?.body) return;
    for (const element of inside.querySelectorAll<HTMLElement>(`[${STYLE}]`)) {
      // No address in a style either, whatever it would load.
      const style = element.getAttribute(STYLE)!;
      if (!/url\s*\(|@import|expression/i.test(style)) element.style.cssText = style;
    }
    setHeight(Math.min(MOST, Math.max(LEAST, inside.documentElement.scrollHeight)));
  };
  return (
    <iframe
      ref={frame} className={s.mailFrame} title={title} srcDoc={source} style={{ height }} onLoad={loaded}
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" referrerPolicy="no-referrer"
    />
  );
}

export function MailLinks({ links }: { links: SafeMail["links"] }) {
  if (links.length === 0) return null;
  return (
    <div className={s.mailLinks}>
      <h2>{t("Links in this mail")}</h2>
      <ul>
        {links.map(({ href, text }) => (
          <li key={href}><a href={href} target="_blank" rel="noopener noreferrer" className={s.link}>{text && text !== href ? `${text}: ${href}` : href}</a></li>
        ))}
      </ul>
    </div>
  );
}
