/**
 * The service worker: shows what web push brings, and opens it. It keeps nothing and answers no request: the app comes from the server,
 * always. What it and the app tell each other is in messages (src/notifications/push.ts).
 */
declare const self: ServiceWorkerGlobalScope;

interface Message {
  title: string;
  body: string;
  /** A path of the app. */
  url: string;
  /** The same for what belongs together: the newer takes the older's place. */
  tag: string;
}

const ANSWER_WITHIN = 1500;

const text = (value: unknown, otherwise: string) => (typeof value === "string" && value !== "" ? value : otherwise);

/** What can't be read is shown too: browsers ask that every message shows something. */
function read(data: PushMessageData | null): Message {
  let parsed: Record<string, unknown> = {};
  try {
    parsed = Object(data?.json());
  } catch {
    /* not from us, or of another version */
  }
  return { title: text(parsed["title"], "Karara"), body: text(parsed["body"], ""), url: text(parsed["url"], "/"), tag: text(parsed["tag"], "karara") };
}

/** Never elsewhere, whatever the message says. */
function ownUrl(url: string): string {
  try {
    const full = new URL(url, self.location.origin);
    return full.origin === self.location.origin ? full.href : self.location.origin + "/";
  } catch {
    return self.location.origin + "/";
  }
}

const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

async function tellAll(message: { type: string }): Promise<void> {
  for (const client of await windows()) client.postMessage(message);
}

async function show(message: Message): Promise<void> {
  const about = message.tag !== "karara";
  const options: NotificationOptions & { renotify: boolean } = {
    renotify: about, // what takes another's place is news all the same
    body: message.body,
    tag: message.tag,
    data: { url: ownUrl(message.url) },
    icon: "/icon-192.png",
    badge: "/icon-192.png",
  };
  await self.registration.showNotification(message.title, options);
  await tellAll({ type: "karara.pushed" });
}

/** Whether that window takes us there by itself, which loses nothing that is being written. */
function leads(client: WindowClient, url: string): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((done) => {
    const timer = setTimeout(() => done(false), ANSWER_WITHIN);
    port1.onmessage = () => {
      clearTimeout(timer);
      done(true);
    };
    client.postMessage({ type: "karara.open", url }, [port2]);
  });
}

async function open(url: string): Promise<void> {
  const all = await windows();
  const client = all.find((c) => c.url === url) ?? all.find((c) => c.focused) ?? all.find((c) => c.visibilityState === "visible") ?? all[0];
  if (client && (client.url === url || (await leads(client, url)))) {
    await client.focus().catch(() => undefined); // where a browser doesn't let it come to the front, it is there all the same
    return;
  }
  await self.clients.openWindow(url);
}

/** The browser has given up its subscription: a new one with the same key. The app tells the server of it, now or when it is next opened. */
async function renew(old: PushSubscription | null): Promise<void> {
  if (old) await self.registration.pushManager.subscribe(old.options);
  await tellAll({ type: "karara.push-changed" });
}

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(ownUrl(text(event.notification.data?.url, "/"))));
});
self.addEventListener("pushsubscriptionchange", (event) => {
  const change = event as ExtendableEvent & { oldSubscription?: PushSubscription | null };
  change.waitUntil(renew(change.oldSubscription ?? null));
});

export {};
