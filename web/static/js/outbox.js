/** On-site records on this phone concern every page; what knows about them is loaded only where there are any. */
import { memory } from "./dom.js";

const LEAVING = "xianjie-sign-out"; // somebody signed out without a network: the session ends now
const USED = "xianjie-field-used";

export function startOutbox() {
  const form = document.querySelector("form[data-logout]");
  if (form && memory.get(LEAVING)) {
    memory.forget(LEAVING);
    form.submit();
  } else if (memory.get(USED)) {
    import("./outbox-note.js").then((module) => module.showOutbox()).catch(() => undefined);
  }
}
