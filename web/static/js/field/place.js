/** Where the check took place: read once, when the person asks for it, and never again. */
import { now } from "./records.js";
import { el, icon } from "./ui.js";

const WORDS = { 1: "没有定位权限，请在浏览器设置里允许，或不填坐标。", 2: "暂时定不了位，请到室外再试，或不填坐标。", 3: "定位超时，请再试一次，或不填坐标。" };

export function placePart(editor) {
  const shown = el("p", { class: "f-hint", role: "status" });
  const get = el("button", { type: "button", class: "f-btn", onclick: ask }, icon("place"), el("span", {}, "获取一次坐标"));
  const drop = el("button", { type: "button", class: "f-btn is-plain", onclick: forget }, "不要坐标");
  show();

  function show(problem) {
    const found = editor.values.location;
    drop.hidden = !found;
    get.lastChild.textContent = found ? "重新获取" : "获取一次坐标";
    shown.textContent = problem || (found ? `北纬 ${found.lat}，东经 ${found.lon}（误差约 ${found.accuracy_m} 米）` : "可不填。只在点按时读取一次，不会持续定位。");
  }

  function ask() {
    if (!navigator.geolocation) return show(WORDS[2]);
    shown.textContent = "正在定位…";
    return navigator.geolocation.getCurrentPosition(keep, (error) => show(WORDS[error.code] || WORDS[2]), {
      enableHighAccuracy: true, timeout: 20000, maximumAge: 0,
    });
  }

  function keep({ coords }) {
    const rounded = (value) => Math.round(value * 1e6) / 1e6;
    const accuracy = Math.max(1, Math.round(coords.accuracy));
    editor.set({ location: { lat: rounded(coords.latitude), lon: rounded(coords.longitude), accuracy_m: accuracy, at: now() } });
    show();
  }

  function forget() {
    editor.set({ location: null });
    show();
  }

  return el("div", {}, el("div", { class: "f-acts" }, get, drop), shown);
}
