// The service worker: the fans' page works without a connection, so that tickets can be shown at the gate.
//
// It keeps the files of one version of the page. The document comes from the network if that responds in time,
// because a new version must be seen; files named by their hash never change and come from the cache. It
// touches no request of the API.
declare const PAGE_FILES: string[];
declare const PAGE_VERSION: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const cacheName = `frontrow-${PAGE_VERSION}`;
const documentMs = 3000;

worker.addEventListener("install", (event) => {
  event.waitUntil(keepFiles().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (pathname === "/") event.respondWith(readDocument());
  else if (PAGE_FILES.includes(pathname)) event.respondWith(readFile(event.request));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(showPage());
});

async function keepFiles(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(PAGE_FILES);
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith("frontrow-") && name !== cacheName);
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function readDocument(): Promise<Response> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), documentMs);
  try {
    const response = await fetch("/", { signal: stop.signal });
    if (response.ok) return response;
  } catch {
    // No connection, or too slow a one.
  } finally {
    clearTimeout(timer);
  }
  return (await caches.match("/", { cacheName })) ?? fetch("/");
}

async function readFile(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName })) ?? fetch(request);
}

async function showPage(): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window" });
  const page = pages[0];
  if (page) await page.focus();
  else await worker.clients.openWindow("/");
}
