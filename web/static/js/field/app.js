/** Starts the field pages: which screen, whether there is a network, when to send, new versions. */
import { showConflict } from "./conflict.js";
import { all } from "./db.js";
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
const AFTER_FAILURE = 60000;
let editor = null;
let drawing = Promise.resolve();
let wanted = 0;
let hasLeft = false;
let timer = 0;
let misses = 0;

const act = {
  draw,
  failed: (error) => say("bad", storageWords(error)),
  home: () => go("#/"),
  queued: () => {
    go("#/");
    sync(false);
  },
  say,
  signOut: () => signOut().catch((error) => say("bad", storageWords(error))),
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

/** Draw what the address says: one after the other, and of those that wait only the last. */
function draw() {
  const turn = (wanted += 1);
  drawing = drawing.then(() => (turn === wanted ? paint() : undefined));
  return drawing;
}

function screenNow() {
  return window.location.hash.split("/");
}

async function paint() {
  const [, screen, id] = screenNow();
  const back = document.getElementById("back");
  back.hidden = !screen;
  title("现场检查");
  try {
    await close();
    if (screen === "record") editor = await showForm(main, id, act);
    else if (screen === "conflict") await showConflict(main, id, act);
    else await showList(main, act);
  } catch (error) {
    main.replaceChildren(banner("bad", storageWords(error)));
  }
  main.dataset.screen = screen || "list";
  await tellState();
}

/** Leave a form when all of it is kept. What comes later, a position for example, belongs to no form any more. */
async function close() {
  if (!editor) return;
  await editor.settled();
  editor.isStale = true;
  editor = null;
  main.replaceChildren();
}

/** A change elsewhere redraws what is only read; a form that is being written stays as it is. */
function refreshQuietly() {
  if (hasLeft || isLeaving()) return;
  const [, screen] = screenNow();
  if (screen) tellState();
  else draw();
}

async function tellState() {
  const known = await profile().catch(() => null);
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
  if (hasLeft || isLeaving()) return finishLeaving();
  const { status, wait } = await synchronize(force).catch(notKept);
  misses = status === "offline" ? misses + 1 : 0;
  document.getElementById("sign-in").hidden = status !== "sign-in";
  const patience = misses ? Math.min(FIRST_WAIT * 2 ** (misses - 1), LONGEST_WAIT) : 0;
  if (wait) timer = window.setTimeout(() => sync(false), Math.max(wait, patience));
  if (status === "offline" && wait) askBackground();
  await tellState();
}

/** The phone could not write down how far sending has come: say so once, and try again. */
function notKept(error) {
  const words = storageWords(error);
  if (!hasLeft && !messages.textContent.includes(words)) say("bad", words);
  return { status: "failed", wait: AFTER_FAILURE };
}

/** Somebody signed out without a network; now there may be one. Nothing is read or kept any more. */
async function finishLeaving() {
  if (isLeaving() && (await endSession())) main.replaceChildren(banner("good", "已退出登录，本机内容已全部清除。"));
}

/** Ask the browser to send later even when this page is closed, where it can. */
async function askBackground() {
  const worker = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration("/field/"));
  if (worker && worker.sync) await worker.sync.register("field-sync").catch(() => undefined);
}

/** Sign out and forget everything on this phone; what was not sent would be lost, so that is asked first. */
async function signOut() {
  const unsent = (await all("records").catch(() => [])).filter((one) => UNSENT.includes(one.state)).length;
  const words = `还有 ${unsent} 条记录没有送达，退出后将从本机删除，不能恢复。确定退出？`;
  if (unsent && !window.confirm(words)) return;
  window.clearTimeout(timer);
  hasLeft = true;
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
