/**
 * Keyboard: J K move, X select, E open, S sign, / search, ? help, Z undo, g then a letter goes somewhere.
 * Silent while an input method is composing, while typing in a field, and when <html data-keys="off">.
 *
 * Rows: tbody tr[data-row]; in a row [data-preview], [data-act="open"], [data-act="sign"], a checkbox.
 * Elsewhere: [data-act="…"] acts on the page's single subject; a[data-go="t"] is the aim of "g t".
 */
import { isTyping } from "./dom.js";

const GO_WAIT = 1500;
const MOVES = ["j", "k"];
let goUntil = 0;

export function startKeys() {
  document.addEventListener("keydown", onKey);
}

function onKey(event) {
  if (document.documentElement.dataset.keys === "off") return;
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return leave();
  if (event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.repeat && !MOVES.includes(event.key.toLowerCase())) return; // a key that is held down acts once
  const act = actFor(event.key);
  if (act && act()) event.preventDefault();
}

function actFor(key) {
  const letter = key.length === 1 ? key.toLowerCase() : key;
  if (Date.now() < goUntil) {
    goUntil = 0;
    return () => press(document.querySelector(`[data-go="${CSS.escape(letter)}"]`));
  }
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    x: toggle,
    e: () => press(actIn("open")),
    s: () => press(chosen() ? document.querySelector('[data-act="sign-chosen"]') : actIn("sign")),
    z: () => press(document.querySelector('[data-act="undo"]')),
    "/": search,
    "?": help,
    g: () => Boolean((goUntil = Date.now() + GO_WAIT)),
  };
  return acts[letter];
}

function rows() {
  return Array.from(document.querySelectorAll("tr[data-row]:not(.is-gone)"));
}

function current() {
  return document.querySelector("tr[data-row].is-selected");
}

function move(step) {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(current());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  all.forEach((row) => select(row, row === next));
  next.scrollIntoView({ block: "nearest" });
  const preview = next.querySelector("[data-preview]");
  if (preview) {
    preview.focus({ preventScroll: true });
    if (preview.hasAttribute("data-side")) preview.click();
  }
  return true;
}

function select(row, isSelected) {
  row.classList.toggle("is-selected", isSelected);
  if (isSelected) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
}

function toggle() {
  const row = current();
  return press(row && row.querySelector('input[type="checkbox"]'));
}

function chosen() {
  return document.querySelector('tr[data-row] input[type="checkbox"]:checked');
}

function actIn(name) {
  const row = current();
  const wanted = `[data-act="${name}"]`;
  const elsewhere = Array.from(document.querySelectorAll(wanted)).find((element) => !element.closest("tr[data-row], [aria-busy=true]"));
  return (row && row.querySelector(wanted)) || elsewhere || null;
}

function press(element) {
  if (!element || element.disabled) return false;
  element.click();
  return true;
}

function search() {
  const field = document.querySelector("[data-search]");
  if (!field) return false;
  field.focus();
  field.select();
  return true;
}

function help() {
  const dialog = document.getElementById("key-help");
  if (!dialog) return false;
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", "");
  return true;
}

function leave() {
  goUntil = 0;
  const dialog = document.getElementById("key-help");
  if (dialog && dialog.open && !dialog.close) dialog.removeAttribute("open");
  document.querySelectorAll("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
  if (isTyping(document.activeElement) && document.activeElement.matches("[data-search]")) document.activeElement.blur();
}
