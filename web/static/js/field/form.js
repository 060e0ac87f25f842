/** The record form of one task. */
import { get } from "./db.js";
import { Editor } from "./editor.js";
import { checkSheet } from "./check.js";
import { keepPhotos, photoInput, showPhotos } from "./photos.js";
import { placePart } from "./place.js";
import { EDITABLE, STATES, begin, discard, enqueue, fileOf, now, profile, recordsOf } from "./records.js";
import { signaturePart } from "./signature.js";
import { banner, card, choices, el, field, icon, moment, storageWords } from "./ui.js";

const CHINA = 8 * 3600000;
const VERDICTS = [["yes", "符合", "yes", "good"], ["no", "不符合", "no", "bad"], ["na", "不适用", "na", ""]];

/** Draw the form of a task into *main*; answers the editor, or null when there is nothing to write. */
export async function showForm(main, taskId, act) {
  const known = await profile();
  const records = known ? await recordsOf(known.person.login) : [];
  const record = records.find((one) => one.task_id === taskId && one.state !== "delivered");
  const task = (await get("tasks", taskId)) || (record && record.task);
  if (!task || (!record && records.some((one) => one.task_id === taskId))) {
    main.replaceChildren(banner("warn", "本机没有这个任务，或记录已经送达。"), back());
    return null;
  }
  act.title(task.party_name, task.number);
  if (!record) return main.replaceChildren(about(task), startButton(task, known.person, act)), null;
  if (!EDITABLE.includes(record.state)) {
    main.replaceChildren(about(task), banner("warn", `记录${STATES[record.state]}，不能在此修改。`), back());
    return null;
  }
  return draw(main, record, known.choices, act);
}

function back() {
  return el("a", { class: "f-btn", href: "#/" }, "回到任务列表");
}

function startButton(task, person, act) {
  const start = () => begin(task, person).then(act.draw, (error) => act.say("bad", storageWords(error)));
  const hint = el("p", { class: "f-hint" }, "开始后，填写的内容随时存在本机，断网、关机都不会丢。请先出示执法证件，告知检查事由。");
  return el("div", { class: "f-start" }, hint, el("button", { type: "button", class: "f-btn is-main is-wide", id: "start", onclick: start }, "开始检查"));
}

function about(task) {
  const facts = [["事项", task.item_name], ["地点", task.site], ["统一代码", task.party_code], ["检查人员", task.inspectors.join("、")], ["事由", task.reason]];
  const list = el("dl", { class: "f-facts" }, facts.filter(([, value]) => value).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  const last = task.last && el("details", { class: "f-details" }, el("summary", {}, `上次检查：${task.last.result_text}（${moment(task.last.at).slice(0, 5)}）`), el("p", {}, task.last.summary));
  return card(task.party_name, list, last);
}

function draw(main, record, options, act) {
  const state = el("span", { class: "f-draft", id: "draft-state", role: "status" }, `草稿已存本机 ${moment(record.saved_at).slice(-5)}`);
  const editor = new Editor(record, (what) => notice(what, state, act));
  const row = el("ul", { class: "f-photos", id: "photos" });
  const refresh = () => showPhotos(row, editor, (file) => editor.remove(file.sha256).then(refresh));
  const take = (files, line) => editor.hold(keepPhotos(editor, files, line)).then((words) => {
    if (words) act.say("warn", words);
    return refresh();
  });
  const submit = el("button", { type: "button", class: "f-btn is-main", id: "submit", onclick: () => finish(main, editor, options, act) }, "核对并提交");
  main.replaceChildren(
    ...mistakes(record),
    about(record.task),
    record.task.sheet.lines.length ? "" : banner("info", "这个事项还没有检查表，请在“现场情况”里写明检查内容。"),
    el("div", {}, record.task.sheet.lines.map((line, index) => lineCard(line, index, editor, take))),
    card("照片", row, el("div", { class: "f-acts" }, photoInput({ id: "camera", text: "拍照取证", onfiles: take }), photoInput({ id: "album", text: "从相册选", fromAlbum: true, onfiles: take })), el("p", { class: "f-hint" }, "自动缩小并加盖时间和编号，离线也能拍。")),
    card("检查结果", resultPart(options, editor), summaryPart(editor)),
    card("坐标", placePart(editor)),
    el("div", { id: "signature", tabindex: "-1" }, card("当事人签名", signaturePart(editor))),
    card("时间", timeInput(editor, "started_at", "开始时间"), timeInput(editor, "ended_at", "结束时间", "不填的，提交时自动填写")),
    el("div", { class: "f-stack" }, el("button", { type: "button", class: "f-btn is-danger is-wide", id: "drop-draft", onclick: () => giveUp(editor, act) }, "放弃这份草稿")),
    el("div", { class: "f-bar" }, state, photoInput({ id: "bar-camera", text: "拍照", onfiles: take }), submit),
  );
  refresh();
  return editor;
}

function notice(what, state, act) {
  if (what === "saved") state.textContent = `草稿已存本机 ${moment(now()).slice(-5)}`;
  else if (what === "stale") act.say("bad", "这份记录已在另一个窗口里修改，本窗口不再保存。", el("button", { type: "button", class: "f-btn", onclick: act.draw }, "载入最新内容"));
  else act.say("bad", storageWords(what));
}

const PLACES = { signer: "signature-signer", refusal_reason: "signature-reason", witnesses: "signature-witness-0" };

/** What the server refused, with a way to each field. */
function mistakes(record) {
  if (record.state !== "refused" || !record.error) return [];
  const { text, errors } = record.error;
  const rows = errors.map((one) => el("li", {}, el("button", { type: "button", class: "f-link", onclick: () => show(one.field) }, one.message || one.code)));
  const more = el("a", { class: "f-btn is-plain", href: `#/conflict/${record.client_id}` }, "改不了？下载或放弃");
  return [el("div", { class: "f-banner is-bad", role: "alert", id: "refused" }, el("strong", {}, text || "记录未被接受"), rows.length ? el("ul", {}, rows) : null, more)];
}

function show(field) {
  const name = String(field || "");
  const place = document.getElementById(PLACES[name] || name.replace(/^(line|note)_/, "$1-"));
  if (!place) return;
  const folded = place.closest(".f-more");
  if (folded) folded.hidden = false;
  place.scrollIntoView({ block: "center" });
  place.focus({ preventScroll: true });
}

function lineCard(line, index, editor, take) {
  const known = editor.values.lines[line.code] || {};
  const note = el("textarea", { id: `note-${line.code}`, class: "f-input", rows: 2, maxlength: 1000, value: known.note || "" });
  note.addEventListener("input", () => editor.setLine(line.code, { note: note.value }));
  const more = el("div", { class: "f-more" }, field("情形", note, "写明部位、数值、与许可的差别"), photoInput({ id: `photo-${line.code}`, text: "拍这一项", small: true, onfiles: (files) => take(files, `第${index + 1}项`) }));
  const open = el("button", { type: "button", class: "f-btn is-plain is-small", onclick: () => unfold() }, icon("pen"), "写备注");
  const unfold = () => {
    more.hidden = false;
    open.hidden = true;
  };
  const pick = (verdict) => {
    editor.setLine(line.code, { verdict });
    mark(verdict);
    if (verdict === "no") unfold();
  };
  more.hidden = !(known.note || known.verdict === "no");
  open.hidden = !more.hidden;
  const why = [line.method, line.basis].filter(Boolean).join("\n");
  const basis = why && el("details", { class: "f-details" }, el("summary", {}, "依据与方法"), el("p", {}, why));
  const label = `${index + 1}. ${line.text}${line.is_key ? "（关键项）" : ""}`;
  const options = choices({ name: `line-${line.code}`, label, options: VERDICTS, value: known.verdict, onpick: pick });
  const section = card(null, options, el("div", { class: "f-line-more" }, basis, open), more);
  const mark = (verdict) => {
    section.classList.toggle("is-done", Boolean(verdict));
    section.classList.toggle("is-wrong", verdict === "no");
  };
  section.id = `line-${line.code}`;
  section.tabIndex = -1;
  mark(known.verdict);
  return section;
}

function resultPart(options, editor) {
  const list = options.results.map((one) => [one.value, one.label, null, one.tone]);
  const part = choices({ name: "result", label: "结果", options: list, value: editor.values.result, onpick: (result) => editor.set({ result }), hideLabel: true, areLong: true });
  part.id = "result";
  part.tabIndex = -1;
  return part;
}

function summaryPart(editor) {
  const input = el("textarea", { id: "summary", class: "f-input", rows: 4, maxlength: 4000, value: editor.values.summary });
  input.addEventListener("input", () => editor.set({ summary: input.value }));
  return field("现场情况", input);
}

/** A time in Chinese time, whatever the phone is set to. */
function timeInput(editor, name, label, hint) {
  const known = editor.values[name];
  const local = known ? new Date(Date.parse(known) + CHINA).toISOString().slice(0, 16) : "";
  const input = el("input", { type: "datetime-local", id: name, class: "f-input", value: local });
  input.addEventListener("change", () => editor.set({ [name]: input.value ? `${input.value}:00+08:00` : "" }));
  return field(label, input, hint);
}

async function giveUp(editor, act) {
  if (!window.confirm("草稿和照片将从本机删除，不能恢复。确定放弃？")) return;
  await editor.settled();
  const isGone = await discard(editor.record.client_id, EDITABLE).catch(act.failed);
  if (!isGone) return act.draw();
  editor.isStale = true;
  act.home();
}

/** Look what is missing; then show the record once more and put it into the queue. */
async function finish(main, editor, options, act) {
  if (!(await editor.settled())) return;
  const send = async () => {
    if (!editor.values.started_at) editor.set({ started_at: now() });
    if (!editor.values.ended_at) editor.set({ ended_at: now() });
    if (!(await editor.settled())) return;
    try {
      if (await enqueue(editor.record)) act.queued();
      else editor.notify("stale");
    } catch (error) {
      act.failed(error);
    }
  };
  const pictures = await Promise.all(editor.record.files.map((file) => fileOf(editor.record, file.sha256)));
  if (pictures.some((kept) => !kept)) act.say("bad", "有照片已从本机丢失，请删除后重拍。");
  else checkSheet(main, editor.record, options, send);
}
