/**
 * The service worker of the whole desk: when a page cannot be fetched, it shows one page that says so and what can
 * still be done. It keeps that page and its files and nothing else, so that nobody ever sees what another person saw.
 * The pages on site (/field/) have a worker of their own. `self.DESK` = {version, page, files} comes before this text.
 */
(() => {
  const { version, page, files } = self.DESK;
  const PREFIX = "xianjie-desk-";
  const CACHE = PREFIX + version;

  async function install() {
    const cache = await caches.open(CACHE);
    await cache.addAll([page, ...files].map((url) => new Request(url, { cache: "reload", credentials: "omit" })));
    await self.skipWaiting();
  }

  async function activate() {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  }

  async function kept(address) {
    const cache = await caches.open(CACHE);
    return (await cache.match(address)) || Response.error();
  }

  self.addEventListener("install", (event) => event.waitUntil(install()));
  self.addEventListener("activate", (event) => event.waitUntil(activate()));
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname, search } = new URL(request.url);
    if (request.method !== "GET" || origin !== self.location.origin || pathname.startsWith("/field/")) return;
    if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => kept(page)));
    else if (files.includes(pathname + search)) event.respondWith(kept(pathname + search).then((found) => (found.ok ? found : fetch(request))));
  });
})();
