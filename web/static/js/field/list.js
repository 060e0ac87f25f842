/** The first screen: what is still to be sent, and the open tasks. */
import { all } from "./db.js";
import { STATES, UNSENT, discard, others, profile, pullBack, recordsOf } from "./records.js";
import { banner, card, el, icon, moment } from "./ui.js";

const SIGNS = { draft: "pen", queued: "wait", sending: "send", delivered: "yes", conflict: "warn", refused: "warn" };
const LAMPS = { red: ["late", "warn"], yellow: ["soon", "wait"], paused: ["paused", "na"] };

/** Draw the list into *main*; *act* are what buttons do. */
export async function showList(main, act) {
  const known = await profile();
  if (!known) return main.replaceChildren(nothingYet(act));
  const [records, tasks, foreign] = await Promise.all([recordsOf(known.person.login), all("tasks"), others(known.person.login)]);
  const parts = [
    foreign.count ? banner("warn", `本机还有${foreign.names.join("、")}没有送达的记录，由本人登录后发送。`) : null,
    queue(records.filter((one) => one.state !== "draft"), act),
    taskList(tasks, records),
    strayDrafts(records, tasks),
    foot(known, act),
  ];
  const fresh = el("div", {}, parts);
  const isSame = main.firstElementChild && main.firstElementChild.isEqualNode(fresh);
  if (!isSame) main.replaceChildren(fresh); // a button under the thumb does not vanish for nothing
}

function nothingYet(act) {
  return card("还没有任务", el("p", {}, "请在有网络时打开一次，任务会下载到本机。"), el("button", { type: "button", class: "f-btn is-main", onclick: act.sync }, "下载任务"));
}

function queue(records, act) {
  if (!records.length) return null;
  const unsent = records.filter((one) => UNSENT.includes(one.state)).length;
  const title = unsent ? `待送达 ${unsent} 条` : "已送达";
  const button = unsent > 0 && el("button", { type: "button", class: "f-btn is-main", id: "sync-now", onclick: act.sync }, icon("send"), "立即同步");
  return card(title, el("ul", { class: "f-rows" }, records.map((one) => queued(one, act))), button);
}

function queued(record, act) {
  const title = record.title || record.task.party_name;
  return el(
    "li",
    { class: `f-row is-${record.state}`, "data-state": record.state, "data-client": record.client_id },
    el("span", { class: "f-state" }, icon(SIGNS[record.state]), STATES[record.state]),
    el("div", { class: "f-row-main" }, el("strong", {}, title), el("span", { class: "f-hint" }, detail(record))),
    el("div", { class: "f-acts" }, actions(record, act)),
  );
}

function detail(record) {
  if (record.state === "delivered") return `${record.number} · ${moment(record.delivered_at)} 送达`;
  const words = [record.task.number];
  const sent = record.files.filter((file) => file.sent).length;
  if (record.state === "queued" || record.state === "sending") words.push(`文件 ${sent}/${record.files.length}`);
  if (record.state === "queued" && record.attempts) words.push(`已试 ${record.attempts} 次，自动重试`);
  if (record.error) words.push(record.error.text);
  return words.filter(Boolean).join(" · ");
}

function actions(record, act) {
  if (record.state === "conflict") return el("a", { class: "f-btn is-main", href: `#/conflict/${record.client_id}` }, "处理冲突");
  if (record.state === "refused") return el("a", { class: "f-btn is-main", href: `#/record/${record.task_id}` }, "去修改");
  if (record.state === "queued" && !record.is_supplement && !record.was_sent) {
    return el("button", { type: "button", class: "f-btn is-plain", onclick: () => pullBack(record.client_id).then(act.draw, act.failed) }, "撤回修改");
  }
  if (record.state === "delivered") {
    return el("button", { type: "button", class: "f-btn is-plain", onclick: () => discard(record.client_id, ["delivered"]).then(act.draw, act.failed) }, "不再显示");
  }
  return null;
}

function taskList(tasks, records) {
  const open = new Map(records.filter((one) => one.state !== "delivered").map((one) => [one.task_id, one]));
  const done = new Set(records.filter((one) => one.state === "delivered").map((one) => one.task_id));
  const left = tasks.filter((task) => !done.has(task.task_id)).sort(byDue);
  if (!left.length) return card("我的检查任务", el("p", { class: "f-empty" }, "没有待办的现场检查。"));
  return el("section", {}, el("h2", { class: "f-heading" }, `我的检查任务 ${left.length}`), el("ul", { class: "f-tasks" }, left.map((task) => taskCard(task, open.get(task.task_id)))));
}

function byDue(one, other) {
  return String(one.due_at || "9").localeCompare(String(other.due_at || "9"));
}

function taskCard(task, record) {
  const [tone, sign] = LAMPS[task.lamp.kind] || ["ok", "yes"];
  const facts = [task.item_name, task.site].filter(Boolean).join(" · ");
  return el(
    "li",
    {},
    el(
      "a",
      { class: "f-task", href: `#/record/${task.task_id}` },
      el("span", { class: "f-task-head" }, el("strong", {}, task.party_name), task.lamp.text && el("span", { class: `f-lamp is-${tone}` }, icon(sign), task.lamp.text)),
      el("span", { class: "f-task-facts" }, facts),
      el("span", { class: "f-task-foot" }, el("span", {}, `${task.number} · ${task.kind_text}`), el("span", { class: `f-chip${record ? " is-on" : ""}` }, record ? stateOf(task, record) : "未开始")),
    ),
  );
}

function stateOf(task, record) {
  if (record.state !== "draft") return STATES[record.state];
  const answered = task.sheet.lines.filter((line) => (record.values.lines[line.code] || {}).verdict).length;
  return `草稿 ${answered}/${task.sheet.lines.length}`;
}

/** Drafts whose task somebody else finished or took over meanwhile: nothing of them is lost. */
function strayDrafts(records, tasks) {
  const known = new Set(tasks.map((task) => task.task_id));
  const stray = records.filter((one) => one.state === "draft" && !known.has(one.task_id));
  if (!stray.length) return null;
  const rows = stray.map((one) => el("li", { class: "f-row" }, el("div", { class: "f-row-main" }, el("strong", {}, one.task.party_name), el("span", { class: "f-hint" }, `${one.task.number} · 任务已由他人办理或转办`)), el("a", { class: "f-btn", href: `#/record/${one.task_id}` }, "打开草稿")));
  return card("任务已变化的草稿", el("ul", { class: "f-rows" }, rows));
}

function foot(known, act) {
  return el(
    "div",
    { class: "f-foot" },
    el("p", { class: "f-hint" }, `${known.person.name} · ${known.person.unit_name}。任务数据截至 ${moment(known.read_at)}。`),
    el("div", { class: "f-acts" }, el("button", { type: "button", class: "f-btn is-plain", onclick: act.sync }, "刷新任务"), el("a", { class: "f-btn is-plain", href: "/help/field" }, "使用帮助"), el("button", { type: "button", class: "f-btn is-plain", id: "sign-out", onclick: act.signOut }, "退出并清除本机")),
  );
}
