/**
 * Fields that are asked only after certain answers: form[data-conditions-url], [data-field], [data-unasked].
 *
 * The server decides. After a change in [data-watched] the answers so far are posted with act=conditions; the answer
 * {"hidden": ["note"]} names the fields that are not asked. Nothing typed is touched. What was answered before this file
 * was there, or what the browser has put back, counts too. Without this file all fields are shown, and the server ignores
 * those that are not asked. An answer that comes while a button is held down waits: a form that moves under the pointer
 * would lose the click.
 */
import { csrfToken } from "./dom.js";

let isPressed = false;
const waiting = [];

export function startConditions() {
  document.addEventListener("pointerdown", () => (isPressed = true), true);
  ["pointerup", "pointercancel"].forEach((name) => document.addEventListener(name, () => window.setTimeout(release, 0), true));
  document.querySelectorAll("form[data-conditions-url]").forEach(watch);
}

function watch(form) {
  const unasked = Array.from(form.querySelectorAll("[data-unasked]"), (field) => field.dataset.field);
  show(form, unasked);
  let asked = 0;
  const update = () => {
    const turn = (asked += 1);
    ask(form)
      .then((answer) => answer.hidden, () => [])
      .then((hidden) => whenReleased(() => turn === asked && show(form, hidden)));
  };
  form.addEventListener("change", (event) => event.target.closest("[data-watched]") && update());
  if (Array.from(form.elements).some((control) => control.closest("[data-watched]") && isAnswered(control))) update();
}

function whenReleased(act) {
  if (isPressed) waiting.push(act);
  else act();
}

function release() {
  isPressed = false;
  waiting.splice(0).forEach((act) => act());
}

function isAnswered(control) {
  if (control.type === "radio" || control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.tagName === "SELECT") return Array.from(control.options).some((one) => one.selected !== one.defaultSelected);
  return control.value !== control.defaultValue;
}

function ask(form) {
  const pairs = Array.from(new FormData(form).entries()).filter((pair) => typeof pair[1] === "string");
  const body = new URLSearchParams(pairs);
  body.set("act", "conditions");
  const headers = { "X-CSRFToken": csrfToken(), Accept: "application/json" };
  return fetch(form.dataset.conditionsUrl, { method: "POST", body, headers, credentials: "same-origin" }).then((answer) => {
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.json();
  });
}

function show(form, hidden) {
  form.querySelectorAll("[data-field]").forEach((field) => {
    field.hidden = hidden.includes(field.dataset.field);
  });
}
