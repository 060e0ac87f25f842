/** The sheet that rises before a record is sent: what is missing, or what will be sent. */
import { missing } from "./payload.js";
import { photosOf } from "./photos.js";
import { el } from "./ui.js";

const MOST_SHOWN = 6;
const WAYS = { signed: "屏上签名", paper: "纸上签名", refused: "拒绝签名", "": "无" };

export function checkSheet(main, record, choices, send) {
  const old = main.querySelector(".f-sheet");
  if (old) old.remove();
  const lacks = missing(record, choices);
  const close = () => sheet.remove();
  const parts = lacks.length ? lacking(lacks, close) : ready(record, choices, send, close);
  const sheet = el("section", { class: "f-sheet", role: "dialog", "aria-labelledby": "sheet-title", id: "sheet", tabindex: "-1" }, parts);
  sheet.addEventListener("keydown", (event) => event.key === "Escape" && close());
  main.append(sheet);
  sheet.focus();
}

function lacking(lacks, close) {
  const go = (id) => {
    close();
    const target = document.getElementById(id);
    if (!target) return;
    const line = target.closest(".f-more");
    if (line) line.hidden = false;
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  };
  const rows = lacks.slice(0, MOST_SHOWN).map(([id, words]) => el("li", {}, el("button", { type: "button", class: "f-link", onclick: () => go(id) }, words)));
  return [
    el("h2", { id: "sheet-title" }, `还差 ${lacks.length} 处`),
    el("ul", { class: "f-lacks" }, rows),
    lacks.length > MOST_SHOWN && el("p", { class: "f-hint" }, `另有 ${lacks.length - MOST_SHOWN} 处`),
    el("button", { type: "button", class: "f-btn is-plain is-wide", onclick: close }, "继续填写"),
  ];
}

function ready(record, choices, send, close) {
  const { values, task } = record;
  const count = (verdict) => task.sheet.lines.filter((line) => (values.lines[line.code] || {}).verdict === verdict).length;
  const result = choices.results.find((one) => one.value === values.result);
  const facts = [
    ["检查项", `符合 ${count("yes")}，不符合 ${count("no")}，不适用 ${count("na")}`],
    ["结果", result ? result.label : ""],
    ["照片", `${photosOf(record).length} 张`],
    ["签名", `${WAYS[values.signature.way]} ${values.signature.signer}`],
  ];
  const button = el("button", { type: "button", class: "f-btn is-main is-wide", id: "confirm" }, "确认提交");
  button.addEventListener("click", () => {
    button.disabled = true;
    send().finally(() => {
      button.disabled = false;
    });
  });
  return [
    el("h2", { id: "sheet-title" }, "提交检查记录"),
    el("dl", { class: "f-facts" }, facts.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("p", { class: "f-hint" }, "送达后不能修改。没有网络时存在本机，联网后自动发送，只会送达一次。"),
    button,
    el("button", { type: "button", class: "f-btn is-plain is-wide", onclick: close }, "返回修改"),
  ];
}
