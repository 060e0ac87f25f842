/** Somebody else's record was first: both are shown, and the person decides what becomes of the own one. */
import { get } from "./db.js";
import { evidence, payload } from "./payload.js";
import { asSupplement, discard, fileOf, profile, progress } from "./records.js";
import { banner, card, download, el, moment } from "./ui.js";

const NONE = {};
const HERE = ["conflict", "refused"];
const WORDS = { yes: "符合", no: "不符合", na: "不适用" };

/** Draw both versions into *main*. */
export async function showConflict(main, clientId, act) {
  const [mine, known] = await Promise.all([get("records", clientId), profile()]);
  if (!mine || !known || mine.owner !== known.person.login || !HERE.includes(mine.state)) {
    main.replaceChildren(banner("good", "没有需要处理的冲突。"), el("a", { class: "f-btn", href: "#/" }, "回到任务列表"));
    return;
  }
  const isConflict = mine.state === "conflict";
  act.title(isConflict ? "处理冲突" : "未被接受的记录", mine.task.number);
  const title = "已送达的记录";
  const other = isConflict && version(title, mine.other, mine, known.choices);
  main.replaceChildren(
    banner("warn", `${mine.error.text || "别的记录先送达了"}。您的记录还在本机，请选择怎样处理。`),
    el("div", { class: "f-versions" }, other, version("我的记录", payload(mine), mine, known.choices)),
    decisions(mine, act),
  );
  if (other) theirs(mine).then((found) => other.replaceWith(version(title, found, mine, known.choices)));
}

/** Read the record that was kept; without network the one read before. Answers null when there is none. */
async function theirs(mine) {
  try {
    const answer = await fetch(`/api/v1/field/tasks/${mine.task_id}/record`, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
    if (answer.status === 404) return NONE;
    if (!answer.ok) return mine.other;
    const other = await answer.json();
    await progress(mine.client_id, { other });
    return other;
  } catch (error) {
    return mine.other;
  }
}

function version(title, record, mine, choices) {
  if (record === NONE) return card(title, el("p", { class: "f-hint" }, "没有记录：任务已撤回或由别的方式办结。"));
  if (!record) return card(title, el("p", { class: "f-hint" }, "联网后可以看到内容。"));
  const result = choices.results.find((one) => one.value === record.result);
  const said = new Map(record.lines.map((line) => [line.code, line]));
  const lines = mine.task.sheet.lines.map((line) => {
    const { verdict, note } = said.get(line.code) || {};
    return el("li", {}, `${line.text}：`, el("strong", {}, WORDS[verdict] || "未填"), note ? `（${note}）` : "");
  });
  const facts = [
    ["提交人", record.submitted_by_name || mine.owner_name],
    ["检查时间", `${moment(record.started_at)} 至 ${moment(record.ended_at)}`],
    ["结果", result ? result.label : record.result],
    ["现场情况", record.summary],
    ["照片等文件", `${record.evidence.length} 个`],
  ];
  return card(title, el("dl", { class: "f-facts" }, facts.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])), lines.length ? el("ol", { class: "f-lines" }, lines) : null);
}

function decisions(mine, act) {
  const keep = () => asSupplement(mine.client_id).then(act.queued, act.failed);
  const drop = () => {
    if (window.confirm("放弃后，本机的这份记录和照片将被删除，不能恢复。确定放弃？")) discard(mine.client_id, HERE).then(act.home, act.failed);
  };
  return el(
    "div",
    { class: "f-stack" },
    mine.state === "conflict" ? el("button", { type: "button", class: "f-btn is-main is-wide", id: "supplement", onclick: keep }, "作为补充说明送达") : null,
    mine.state === "conflict" ? el("p", { class: "f-hint" }, "不改变已送达的记录；您的内容和照片附在同一检查后面，供负责人审核。") : null,
    el("button", { type: "button", class: "f-btn is-wide", id: "download", onclick: () => saveCopy(mine).catch(act.failed) }, "下载我的记录（JSON）"),
    el("button", { type: "button", class: "f-btn is-danger is-wide", id: "discard", onclick: drop }, "放弃我的记录"),
  );
}

/** Offer the own record with its files as one file. */
async function saveCopy(mine) {
  const files = await Promise.all(evidence(mine).map(async (entry) => {
    const kept = await fileOf(mine, entry.sha256);
    return { ...entry, base64: kept ? base64(kept.bytes) : null }; // one that is lost does not keep back the others
  }));
  const text = JSON.stringify({ inspection: mine.task.number, task_id: mine.task_id, client_id: mine.client_id, record: payload(mine), files }, null, 1);
  download(`${mine.task.number}.json`, text);
}

function base64(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return window.btoa(text);
}
