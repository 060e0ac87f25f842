/** Starts the field pages: which screen, whether there is a network, when to send, new versions. */
import { showConflict } from "./conflict.js";
import { showForm } from "./form.js";
import { endSession, isLeaving, leave } from "./leaving.js";
import { showList } from "./list.js";
import { prepare, update } from "./offline.js";
import { UNSENT, profile, recordsOf } from "./records.js";
import { onChange, synchronize } from "./sync.js";
import { banner, el, storageWords } from "./ui.js";

const main = document.getElementById("main");
const messages = document.getElementById("messages");
const network = document.getElementById("network");
const SKEW = 5 * 60000;
const FIRST_WAIT = 5000;
const LONGEST_WAIT = 600000;
let editor = null;
let timer = 0;
let misses = 0;

const act = {
  draw,
  home: () => go("#/"),
  queued: () => {
    go("#/");
    sync(false);
  },
  say,
  signOut,
  sync: () => sync(true),
  title,
};

function go(hash) {
  if (window.location.hash === hash) draw();
  else window.location.hash = hash;
}

function title(text, sub = "") {
  document.getElementById("title").textContent = text;
  document.getElementById("subtitle").textContent = sub;
  document.title = `${text} · 现场检查`;
}

function say(tone, text, ...actions) {
  const close = el("button", { type: "button", class: "f-btn is-plain is-small", onclick: () => note.remove() }, "知道了");
  const note = banner(tone, text, ...actions, close);
  messages.append(note);
  note.scrollIntoView({ block: "nearest" });
}

async function draw() {
  const [, screen, id] = window.location.hash.split("/");
  const back = document.getElementById("back");
  back.hidden = !screen;
  title("现场检查");
  if (editor) await editor.settled();
  editor = null;
  try {
    if (screen === "record") editor = await showForm(main, id, act);
    else if (screen === "conflict") await showConflict(main, id, act);
    else await showList(main, act);
  } catch (error) {
    main.replaceChildren(banner("bad", storageWords(error)));
  }
  main.dataset.screen = screen || "list";
  await tellState();
}

/** A change elsewhere redraws what is only read; a form that is being written stays as it is. */
function refreshQuietly() {
  if (main.dataset.screen === "list") draw();
  else tellState();
}

async function tellState() {
  const known = await profile();
  const records = known ? await recordsOf(known.person.login) : [];
  const unsent = records.filter((one) => UNSENT.includes(one.state) && one.state !== "draft").length;
  const isOnline = navigator.onLine && !misses;
  network.classList.toggle("is-offline", !isOnline);
  network.textContent = (isOnline ? "在线" : "离线·可继续") + (unsent ? `·待送 ${unsent}` : "");
  document.getElementById("clock").hidden = !(known && Math.abs(known.skew || 0) > SKEW);
  show(known && known.display);
}

function show(display) {
  const html = document.documentElement;
  if (!display) return;
  html.dataset.text = display.text;
  html.dataset.contrast = display.contrast;
}

/** Send what waits and plan the next try. */
async function sync(force) {
  window.clearTimeout(timer);
  const { status, wait } = await synchronize(force);
  misses = status === "offline" ? misses + 1 : 0;
  document.getElementById("sign-in").hidden = status !== "sign-in";
  const patience = misses ? Math.min(FIRST_WAIT * 2 ** (misses - 1), LONGEST_WAIT) : 0;
  if (wait) timer = window.setTimeout(() => sync(false), Math.max(wait, patience));
  if (status === "offline" && wait) askBackground();
  await tellState();
}

/** Ask the browser to send later even when this page is closed, where it can. */
async function askBackground() {
  const worker = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration("/field/"));
  if (worker && worker.sync) await worker.sync.register("field-sync").catch(() => undefined);
}

/** Sign out and forget everything on this phone; what was not sent would be lost, so that is asked first. */
async function signOut(unsent) {
  const words = `还有 ${unsent} 条记录没有送达，退出后将从本机删除，不能恢复。确定退出？`;
  if (unsent && !window.confirm(words)) return;
  window.clearTimeout(timer);
  if (await leave()) window.location.assign("/sign-in");
  else main.replaceChildren(banner("warn", "本机内容已全部清除。现在没有网络，登录状态将在下次联网打开时结束。"));
}

/** Start, unless the phone is still about to sign somebody out. */
async function start() {
  if (isLeaving()) {
    await endSession();
    window.location.assign("/sign-in");
    return;
  }
  prepare(document.getElementById("offline"), update(messages));
  await draw();
  await sync(false);
}

window.addEventListener("hashchange", () => draw().then(() => window.scrollTo(0, 0)));
window.addEventListener("online", () => sync(true));
window.addEventListener("offline", tellState);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync(false));
onChange(refreshQuietly);
start();
