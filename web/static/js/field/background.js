/** In the service worker: sends the queue when the network comes back, even with the page closed. */
import { synchronize } from "./sync.js";

self.addEventListener("sync", (event) => {
  if (event.tag === "field-sync") event.waitUntil(send());
});

async function send() {
  const { status } = await synchronize(true);
  if (status === "offline") throw new Error("not reached; the browser tries again");
}
