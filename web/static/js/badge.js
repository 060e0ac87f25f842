/**
 * Counts in the navigation: asks <body data-badge-url> every 30 s while the page is visible.
 * The answer is {"todo": 14, "inbox": 3}; [data-badge="todo"] shows it. One tab asks, the others listen.
 */
import { memory } from "./dom.js";

const EVERY = 30000;
const LONGEST = 300000;
const ASKED = "xianjie-badge-asked";
let etag = "";
let wait = EVERY;
let channel = null;

export function startBadges() {
  const url = document.body.dataset.badgeUrl;
  if (!url) return;
  if (window.BroadcastChannel) {
    channel = new BroadcastChannel("xianjie-badge");
    channel.onmessage = (event) => show(event.data);
  }
  const round = () => ask(url).then(() => window.setTimeout(round, wait));
  window.setTimeout(round, EVERY);
  document.addEventListener("visibilitychange", () => ask(url));
  document.addEventListener("xianjie:acted", () => ask(url, true));
}

function ask(url, now) {
  const isFresh = Date.now() - (memory.get(ASKED) || 0) < EVERY - 5000;
  if (document.visibilityState !== "visible" || (isFresh && !now)) return Promise.resolve();
  memory.set(ASKED, Date.now());
  const headers = etag ? { "If-None-Match": etag } : {};
  return fetch(url, { headers, credentials: "same-origin", cache: "no-store" })
    .then((answer) => {
      wait = answer.ok || answer.status === 304 ? EVERY : Math.min(wait * 2, LONGEST);
      if (!answer.ok) return undefined;
      etag = answer.headers.get("ETag") || "";
      return answer.json().then((counts) => {
        show(counts);
        if (channel) channel.postMessage(counts);
      });
    })
    .catch(() => {
      wait = Math.min(wait * 2, LONGEST);
    });
}

function show(counts) {
  document.querySelectorAll("[data-badge]").forEach((place) => {
    const count = counts[place.dataset.badge];
    if (typeof count !== "number") return;
    place.textContent = count > 999 ? "999+" : String(count);
    place.hidden = count === 0;
  });
}
