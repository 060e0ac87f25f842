/** On every other page: how many on-site records of this phone wait, and that signing out forgets them. */
import { make } from "./dom.js";
import { all, forgetAll } from "./field/db.js";
import { UNSENT } from "./field/records.js";

export function showOutbox() {
  document.querySelectorAll("form[data-logout]").forEach((form) => form.addEventListener("submit", (event) => leave(event, form)));
  show();
  document.addEventListener("visibilitychange", show);
}

async function unsent() {
  const records = await all("records").catch(() => []);
  return records.filter((one) => UNSENT.includes(one.state)).length;
}

async function show() {
  const count = await unsent();
  const old = document.querySelector(".outbox-note");
  if (old) old.remove();
  if (!count) return;
  const note = make("p", "outbox-note no-print", `本机有 ${count} 份现场检查记录还没有送达。`);
  const link = make("a", "btn btn-sm btn-plain", "查看");
  link.href = "/field/";
  note.setAttribute("role", "status");
  note.append(" ", link);
  document.getElementById("main").prepend(note);
}

async function leave(event, form) {
  event.preventDefault();
  const count = await unsent();
  if (count && !window.confirm(`本机有 ${count} 份现场检查记录没有送达，退出后将被删除，不能恢复。确定退出？`)) return;
  const isClean = await forgetAll().then(() => true, () => false);
  if (!isClean) window.alert("本机的检查记录可能没有清除干净：请在浏览器设置中清除本站数据。");
  form.submit(); // the session ends in any case
}
