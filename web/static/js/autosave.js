/**
 * Drafts: a form with data-autosave-url is saved 1.5 s after the last change, on the server and in this browser.
 *
 * The server answers 200 {"version": 3, "saved_at": "09:41"}; the next save, which waits for that answer, sends the
 * version as If-Match. 409 or 412 means another window or person saved in between: we stop and say so. The copy in this
 * browser belongs to data-draft-owner and to the version it began with. It goes away when the server has received all of
 * it, or when the page opens that answers the form and is no refusal ([data-refused]). It comes back by itself only where
 * nothing newer is on the server, else it is offered. Files and passwords are not kept.
 */
import { csrfToken, make, memory } from "./dom.js";

const PAUSE = 1500;
const RETRY = 15000;
const PATIENCE = 30000;
const PREFIX = "xianjie-draft:";
const ENDED = "登录已过期，请刷新本页并重新登录，内容会恢复";
const WHY = { 400: ENDED, 401: ENDED, 403: "没有权限保存，请复制内容后刷新本页", 404: "任务已不在您的范围内，请复制内容后刷新本页", 413: "内容过多，服务器不能保存，请精简" };
const LATER = "稍后自动上传";

export function startAutosave() {
  memory.drop(PREFIX, isAnswered);
  document.querySelectorAll("form[data-autosave-url]").forEach(watch);
  document.querySelectorAll("form[data-logout]").forEach((form) => {
    form.addEventListener("submit", () => memory.forget(PREFIX));
  });
}

/** Tell whether this page is the answer to what was sent. After a refusal what was sent is a copy like any other. */
function isAnswered(kept, key) {
  const [how] = performance.getEntriesByType("navigation");
  const isRevisit = Boolean(how) && how.type !== "navigate";
  if (!kept.from || kept.from !== document.referrer || isRevisit) return false;
  if (!document.querySelector("[data-refused]")) return true;
  memory.set(key, { ...kept, from: "" });
  return false;
}

function watch(form) {
  const { autosaveUrl, draftOwner, draftVersion } = form.dataset;
  const draft = { form, url: autosaveUrl, key: `${PREFIX}${draftOwner || ""}:${autosaveUrl}`, version: draftVersion || "0" };
  Object.assign(draft, { timer: 0, isStopped: false, isSaving: false, isSent: false });
  restore(draft);
  const later = () => schedule(draft, draft.isSent ? RETRY : PAUSE);
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => finish(draft));
  window.addEventListener("online", () => memory.get(draft.key) && schedule(draft, 0));
  window.addEventListener("pageshow", (event) => event.persisted && Object.assign(draft, { isSent: false }));
}

function schedule(draft, wait) {
  if (draft.isStopped) return;
  keep(draft);
  plan(draft, wait);
}

function plan(draft, wait) {
  window.clearTimeout(draft.timer);
  draft.timer = window.setTimeout(() => save(draft), wait);
}

/** Keep a copy in this browser; what is sent by the form's own button is marked with the page it was sent from. */
function keep(draft) {
  const from = draft.isSent ? window.location.href.split("#")[0] : "";
  draft.isKept = memory.set(draft.key, { values: values(draft.form), at: clock(), version: draft.version, from });
}

function values(form) {
  return Array.from(new FormData(form).entries()).filter(([name, value]) => {
    const field = form.elements.namedItem(name);
    return typeof value === "string" && !(field && ["hidden", "password"].includes(field.type));
  });
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function save(draft) {
  if (draft.isSaving) return plan(draft, PAUSE);
  draft.isSaving = true;
  const sent = values(draft.form);
  const stop = new AbortController();
  const timer = window.setTimeout(() => stop.abort(), PATIENCE);
  const headers = { "X-CSRFToken": csrfToken(), "If-Match": `"${draft.version}"`, Accept: "application/json" };
  return fetch(draft.url, { method: "POST", body: new URLSearchParams(sent), headers, credentials: "same-origin", signal: stop.signal })
    .then((answer) => received(draft, answer, sent))
    .catch(() => waiting(draft, "联网后自动上传"))
    .finally(() => {
      window.clearTimeout(timer);
      draft.isSaving = false;
    });
}

function received(draft, answer, sent) {
  if (answer.status === 409 || answer.status === 412) {
    draft.isStopped = true;
    return say(draft, "另一窗口或他人已修改草稿，请刷新后核对；本页内容仍在");
  }
  if (!answer.ok) return waiting(draft, WHY[answer.status] || LATER);
  return answer.json().then((body) => {
    draft.version = String(body.version);
    if (isSame(values(draft.form), sent)) memory.forget(draft.key);
    else keep(draft);
    say(draft, `草稿已存 ${body.saved_at || clock()}`);
  });
}

/** Not on the server: the copy in this browser must be there, and must be said to be all there is. */
function waiting(draft, then) {
  keep(draft);
  say(draft, draft.isKept ? `草稿已存本机 ${clock()}，${then}` : `草稿没有存下，请不要关闭本页；${then}`);
  plan(draft, RETRY);
}

function restore(draft) {
  const kept = memory.get(draft.key);
  if (!kept || !Array.isArray(kept.values)) return;
  if (isSame(kept.values, values(draft.form))) plan(draft, PAUSE);
  else if (kept.version === draft.version) putBack(draft, kept);
  else offer(draft, kept);
}

/** The server has something newer: the person decides. */
function offer(draft, kept) {
  const button = make("button", "btn btn-sm btn-plain", "改用本机内容");
  const note = make("p", "banner banner-warn no-print", `本机另有 ${kept.at} 没有上传的内容，与下面的草稿不同。`);
  button.type = "button";
  button.addEventListener("click", () => {
    note.remove();
    putBack(draft, kept);
  });
  note.setAttribute("role", "status");
  note.append(" ", button);
  draft.form.before(note);
}

function putBack(draft, kept) {
  draft.form.querySelectorAll("input[type=checkbox], input[type=radio]").forEach((field) => {
    field.checked = kept.values.some(([name, value]) => name === field.name && value === field.value);
  });
  kept.values.forEach(([name, value]) => fill(draft.form, name, value));
  draft.form.querySelectorAll("[data-watched] input, [data-watched] select").forEach((field) => {
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  schedule(draft, PAUSE);
  say(draft, `已恢复本机草稿（${kept.at}）`);
}

function fill(form, name, value) {
  const field = form.elements.namedItem(name);
  const isText = field && field.tagName && !["checkbox", "radio", "file", "hidden", "submit"].includes(field.type);
  if (isText) field.value = value;
}

/** The form goes to the server by its button. Whether it arrives is not known yet, so the copy stays. */
function finish(draft) {
  draft.isSent = true;
  window.clearTimeout(draft.timer);
  if (memory.get(draft.key)) keep(draft);
}

function say(draft, words) {
  const place = draft.form.querySelector("[data-draft-state]") || document.querySelector("[data-draft-state]");
  if (place) place.textContent = words;
}

function clock() {
  return new Date().toLocaleTimeString("zh-CN", { hour12: false, hour: "2-digit", minute: "2-digit" });
}
