/**
 * Phones and installed windows keep the page that is shown without a network. Computers in the office are always
 * connected: there, starting a worker before every page would only cost time.
 */
export function startInstall() {
  const isSignedIn = document.querySelector("form[data-logout]");
  const isCarried = window.matchMedia("(pointer: coarse), (display-mode: standalone)").matches;
  if (!isSignedIn || !isCarried || !navigator.serviceWorker) return;
  navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" }).catch(() => undefined);
}
