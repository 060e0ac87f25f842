/**
 * Work list: shows the chosen task beside the list without loading the page again, and keeps the choice in the address.
 * tr[data-row] a[data-preview]; the page at its address holds the same #preview. Back and forward choose again.
 * Also tells which tasks of the open list others have finished meanwhile: [data-gone-url] answers {"<id>": "谁 何时 已办"}.
 */
let asked = null;

export function startPreview() {
  if (!document.getElementById("preview")) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-preview][data-side]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(link.closest("tr"));
    show(link.href, event.detail === 0 ? "replaceState" : "pushState");
  });
  window.addEventListener("popstate", () => {
    const chosen = new URL(window.location.href).searchParams.get("sel");
    const row = chosen && document.querySelector(`tr[data-row="${CSS.escape(chosen)}"]`);
    if (row) choose(row);
    show(window.location.href, "");
  });
  const list = document.querySelector("[data-gone-url]");
  if (!list) return;
  const look = () => document.visibilityState === "visible" && greyOut(list);
  document.addEventListener("visibilitychange", look);
  window.setInterval(look, 30000);
}

function choose(row) {
  document.querySelectorAll("tr[data-row]").forEach((other) => {
    other.classList.toggle("is-selected", other === row);
    if (other === row) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  });
}

function show(url, how) {
  if (asked) asked.abort();
  asked = new AbortController();
  if (how) window.history[how]({}, "", url);
  document.getElementById("preview").setAttribute("aria-busy", "true"); // it still shows the task before
  return fetch(url, { credentials: "same-origin", signal: asked.signal })
    .then((answer) => answer.text())
    .then((text) => {
      const found = new DOMParser().parseFromString(text, "text/html").getElementById("preview");
      if (found) document.getElementById("preview").replaceWith(document.adoptNode(found));
      else window.location.assign(url);
    })
    .catch((error) => {
      if (error.name !== "AbortError") window.location.assign(url);
    });
}

function greyOut(list) {
  const rows = Array.from(list.querySelectorAll("tr[data-row]:not(.is-gone)"));
  if (!rows.length) return Promise.resolve();
  const url = new URL(list.dataset.goneUrl, window.location.href);
  rows.forEach((row) => url.searchParams.append("id", row.dataset.row));
  return fetch(url, { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then((found) => rows.filter((row) => found[row.dataset.row]).forEach((row) => fade(row, found[row.dataset.row])))
    .catch(() => undefined);
}

function fade(row, text) {
  row.classList.add("is-gone");
  const box = row.querySelector('input[type="checkbox"]');
  if (box) {
    box.checked = false;
    box.disabled = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const said = row.querySelector("[data-gone]");
  if (said) said.textContent = text;
}
