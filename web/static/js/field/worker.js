/**
 * The service worker of /field/: keeps one whole version of the pages. All files of a version lie under an address
 * that contains the hash of them all, so that no file of one version ever meets a file of another.
 * `self.FIELD` = {version, files} is set by setup.js, which the server writes.
 */
(() => {
  const { version, files } = self.FIELD;
  const PREFIX = "xianjie-field-";
  const CACHE = PREFIX + version;
  const BASE = `/field/a/${version}/`;
  const SHELL = `${BASE}shell.html`;

  async function install() {
    const cache = await caches.open(CACHE);
    await cache.addAll([SHELL, ...files.map((name) => BASE + name)].map((url) => new Request(url, { cache: "reload" })));
  }

  async function activate() {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  }

  async function kept(address) {
    const cache = await caches.open(CACHE);
    return cache.match(address);
  }

  self.addEventListener("install", (event) => event.waitUntil(install()));
  self.addEventListener("activate", (event) => event.waitUntil(activate()));
  self.addEventListener("message", (event) => event.data === "take over" && self.skipWaiting());
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== self.location.origin) return;
    if (request.mode === "navigate" && pathname === "/field/") event.respondWith(kept(SHELL).then((found) => found || fetch(request)));
    else if (pathname.startsWith("/field/a/")) event.respondWith(kept(pathname).then((found) => found || fetch(request)));
  });
})();
