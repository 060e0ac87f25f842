/** Makes the pages open without a network, and brings in new versions whole. */
import { banner, el } from "./ui.js";

const SCOPE = "/field/";

/** Register the service worker and say in *place* whether the page can be opened without a network. */
export async function prepare(place, announce) {
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => undefined);
  if (!navigator.serviceWorker) {
    place.textContent = "本网址没有加密（HTTPS），断网后可以继续填写，但不要关闭或刷新本页。";
    place.classList.add("is-warn");
    return;
  }
  const registration = await register().catch(() => null);
  if (!registration) {
    place.textContent = "离线功能没有装好，断网后不要关闭或刷新本页；联网刷新一次可重装。";
    place.classList.add("is-warn");
    return;
  }
  navigator.serviceWorker.ready.then(() => {
    place.textContent = "已可离线使用";
  });
  if (registration.waiting && registration.active) announce.atOnce(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    if (!fresh || !registration.active) return; // the very first one replaces nothing
    fresh.addEventListener("statechange", () => fresh.state === "installed" && announce.later(fresh));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && navigator.onLine) registration.update().catch(() => undefined);
  });
}

/** A module worker can also send in the background; older browsers get one that only keeps the pages. */
async function register() {
  const options = { scope: SCOPE, updateViaCache: "none" };
  try {
    return await navigator.serviceWorker.register("/field/sw.js", { ...options, type: "module" });
  } catch (error) {
    return navigator.serviceWorker.register("/field/sw-plain.js", options);
  }
}

/** What to do with a new version: right at the start take it, later ask; drafts are kept either way. */
export function update(messages) {
  let isReloading = false;
  const take = (worker) => {
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (isReloading) return;
      isReloading = true;
      window.location.reload();
    });
    worker.postMessage("take over");
  };
  const later = (worker) => {
    messages.append(banner("info", "有新版本，草稿会保留。", el("button", { type: "button", class: "f-btn", id: "take-update", onclick: () => take(worker) }, "更新")));
  };
  return { atOnce: take, later };
}
