/**
 * The desk on the home screen keeps the page that is shown without a network. In a browser's tab it does not: there,
 * a worker before every page costs time, and signing out with records of /field/ unsent was seen to wait for it.
 */
export function startInstall() {
  const isSignedIn = document.querySelector("form[data-logout]");
  const isCarried = window.matchMedia("(display-mode: standalone)").matches;
  if (!isSignedIn || !isCarried || !navigator.serviceWorker) return;
  navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" }).catch(() => undefined);
}
