/**
 * Signing out of a phone that others use too: the phone forgets everything, the server ends the session. Without a
 * network the session ends as soon as any page of ours is opened again; until then only this mark stays behind.
 */
import { forgetAll } from "./db.js";

const MARK = "xianjie-sign-out";

/** Tell whether the session must still be ended. */
export function isLeaving() {
  try {
    return window.localStorage.getItem(MARK) === "1";
  } catch (error) {
    return false;
  }
}

/** Remember, or no longer remember, that the session must be ended. */
export function markLeaving(isWanted) {
  try {
    if (isWanted) window.localStorage.setItem(MARK, "1");
    else window.localStorage.removeItem(MARK);
  } catch (error) {
    /* then the cookie ends the session by its age */
  }
}

/** Forget everything and end the session; tells whether the server knows it. */
export async function leave() {
  markLeaving(true);
  await forgetAll();
  return endSession();
}

/** End the session on the server; one that is over already is fine. */
export async function endSession() {
  try {
    const found = await fetch("/api/v1/field/tasks", { credentials: "same-origin", cache: "no-store" });
    if (found.status !== 401) {
      const headers = { "X-CSRFToken": found.headers.get("X-CSRFToken") || "" };
      const done = await fetch("/sign-out", { method: "POST", credentials: "same-origin", headers });
      if (!done.ok) return false;
    }
  } catch (error) {
    return false;
  }
  markLeaving(false);
  return true;
}
