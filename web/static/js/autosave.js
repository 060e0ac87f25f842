/**
 * Drafts: a form with data-autosave-url is saved 1.5 s after the last change, on the server and in this browser.
 *
 * The server answers 200 {"version": 3, "saved_at": "09:41"}; the next save sends that version as If-Match, and
 * 409 or 412 means another window or person saved in between: we stop and say so instead of overwriting.
 * The copy in this browser is offered again only when the server never received it. Files and passwords are not kept.
 */
import { csrfToken, memory } from "./dom.js";

const PAUSE = 1500;
const RETRY = 15000;
const PREFIX = "xianjie-draft:";

export function startAutosave() {
  document.querySelectorAll("form[data-autosave-url]").forEach(watch);
  document.querySelectorAll("form[data-logout]").forEach((form) => {
    form.addEventListener("submit", () => memory.forget(PREFIX));
  });
}

function watch(form) {
  const draft = { form, url: form.dataset.autosaveUrl, version: form.dataset.draftVersion || "0", timer: 0, stopped: false };
  restore(draft);
  const later = () => schedule(draft, PAUSE);
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => finish(draft));
  window.addEventListener("online", () => schedule(draft, 0, true));
}

function schedule(draft, wait, onlyPending) {
  if (draft.stopped || (onlyPending && !memory.get(PREFIX + draft.url))) return;
  memory.set(PREFIX + draft.url, { values: values(draft.form), at: clock() });
  window.clearTimeout(draft.timer);
  draft.timer = window.setTimeout(() => save(draft), wait);
}

function values(form) {
  return Array.from(new FormData(form).entries()).filter(([name, value]) => {
    const field = form.elements.namedItem(name);
    return typeof value === "string" && name !== "csrf_token" && !(field && field.type === "password");
  });
}

function save(draft) {
  const headers = { "X-CSRFToken": csrfToken(), "If-Match": `"${draft.version}"`, Accept: "application/json" };
  fetch(draft.url, { method: "POST", body: new URLSearchParams(values(draft.form)), headers, credentials: "same-origin" })
    .then((answer) => received(draft, answer))
    .catch(() => waiting(draft));
}

function received(draft, answer) {
  if (answer.status === 409 || answer.status === 412) {
    draft.stopped = true;
    return say(draft, "另一窗口或他人已修改草稿，请刷新后核对；本页内容仍在");
  }
  if (!answer.ok) return waiting(draft);
  return answer.json().then((body) => {
    draft.version = String(body.version);
    memory.forget(PREFIX + draft.url);
    say(draft, `草稿已存 ${body.saved_at || clock()}`);
  });
}

function waiting(draft) {
  say(draft, `草稿已存本机 ${clock()}，联网后自动上传`);
  window.clearTimeout(draft.timer);
  draft.timer = window.setTimeout(() => save(draft), RETRY);
}

function restore(draft) {
  const kept = memory.get(PREFIX + draft.url);
  if (!kept || !Array.isArray(kept.values)) return;
  draft.form.querySelectorAll("input[type=checkbox], input[type=radio]").forEach((field) => {
    field.checked = kept.values.some(([name, value]) => name === field.name && value === field.value);
  });
  kept.values.forEach(([name, value]) => fill(draft.form, name, value));
  say(draft, `已恢复本机草稿（${kept.at}）`);
  schedule(draft, PAUSE);
}

function fill(form, name, value) {
  const field = form.elements.namedItem(name);
  const isText = field && field.tagName && !["checkbox", "radio", "file", "hidden", "submit"].includes(field.type);
  if (isText) field.value = value;
}

function finish(draft) {
  draft.stopped = true;
  window.clearTimeout(draft.timer);
  memory.forget(PREFIX + draft.url);
}

function say(draft, words) {
  const place = draft.form.querySelector("[data-draft-state]") || document.querySelector("[data-draft-state]");
  if (place) place.textContent = words;
}

function clock() {
  return new Date().toLocaleTimeString("zh-CN", { hour12: false, hour: "2-digit", minute: "2-digit" });
}
