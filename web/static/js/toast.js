/**
 * Short messages at the lower right, with undo. From the page: .toast-note[data-seconds]; from htmx: the response
 * header HX-Trigger: {"xianjie:toast": {"text": "已签收 2 件", "undo_url": "/operations/7/undo", "seconds": 10}}.
 * Without JavaScript the page itself shows the note with the same form.
 */
import { csrfToken, make } from "./dom.js";

export function startToasts() {
  document.querySelectorAll(".toast-note[data-seconds]").forEach(run);
  document.addEventListener("xianjie:toast", (event) => {
    const note = build(event.detail || {});
    region().append(note);
    run(note);
  });
}

function region() {
  const found = document.querySelector(".toasts");
  if (found) return found;
  const made = make("div", "toasts");
  made.setAttribute("role", "status");
  document.body.append(made);
  return made;
}

function build(detail) {
  const note = make("div", "toast-note");
  note.append(make("span", "", detail.text || ""));
  note.dataset.seconds = String(detail.seconds || 6);
  if (detail.undo_url && detail.undo_url.startsWith("/")) note.append(undoForm(detail.undo_url));
  return note;
}

function undoForm(url) {
  const form = make("form");
  form.method = "post";
  form.action = url;
  const token = make("input");
  token.type = "hidden";
  token.name = "csrf_token";
  token.value = csrfToken();
  const button = make("button", "btn btn-sm btn-plain", "撤销");
  button.dataset.act = "undo";
  form.append(token, button);
  return form;
}

function run(note) {
  let left = Number(note.dataset.seconds) || 6;
  const button = note.querySelector('[data-act="undo"]');
  const tick = () => {
    if (button) button.textContent = `撤销（${left} 秒）`;
    if (left <= 0) return note.remove();
    left -= note.matches(":hover, :focus-within") && !button ? 0 : 1;
    return window.setTimeout(tick, 1000);
  };
  tick();
}
