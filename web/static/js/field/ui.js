/** Building blocks of the field pages: elements, times, icons, a bar for what went wrong. */

/** Return an element; on… attributes are listeners, other attributes are set, false and null are left out. */
export function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  Object.entries(attributes || {}).forEach(([name, value]) => {
    if (value === false || value === null || value === undefined) return;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  });
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
const SIGNS = {
  camera: "M4 8 H8 L10 5 H14 L16 8 H20 V19 H4 Z M12 16.6 A3.4 3.4 0 1 0 12 9.8 A3.4 3.4 0 1 0 12 16.6",
  back: "M15 5 L8 12 L15 19",
  yes: "M5 12.5 L10 17.5 L19 7",
  no: "M6 6 L18 18 M18 6 L6 18",
  na: "M6 12 H18",
  wait: "M12 4 A8 8 0 1 0 12 20 A8 8 0 1 0 12 4 M12 7.5 V12.5 L15.5 14.5",
  send: "M12 20 V5 M6 11 L12 5 L18 11",
  warn: "M12 4 L21 19.5 H3 Z M12 10 V14 M12 16.8 V17",
  pen: "M5 19 L6 15 L16.5 4.5 L19.5 7.5 L9 18 Z",
  place: "M12 21 C7 15 5.5 12.5 5.5 10 A6.5 6.5 0 0 1 18.5 10 C18.5 12.5 17 15 12 21 M12 12.2 A2.2 2.2 0 1 0 12 7.8 A2.2 2.2 0 1 0 12 12.2",
};

/** Return a drawn sign; it is never the only bearer of a meaning. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "f-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SIGNS[name]);
  svg.append(path);
  return svg;
}

/** Return an instant as 11-25 09:41 in Chinese time, whatever the phone is set to. */
export function moment(value) {
  if (!value) return "";
  const parts = new Intl.DateTimeFormat("zh-CN", {
    timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
  }).formatToParts(new Date(value));
  const found = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return `${found.month}-${found.day} ${found.hour === "24" ? "00" : found.hour}:${found.minute}`;
}

/** Return a section of a page. */
export function card(title, ...children) {
  return el("section", { class: "f-card" }, title && el("h2", { class: "f-card-title" }, title), ...children);
}

/** Return a group of large choices; *options* are [value, label, sign, tone]. */
export function choices({ name, label, options, value, onpick, hideLabel, areLong }) {
  const inputs = options.map(([key, text, sign, tone]) => {
    const input = el("input", { type: "radio", name, value: key, checked: key === value, onchange: () => onpick(key) });
    return el("label", { class: `f-choice${tone ? ` is-${tone}` : ""}` }, input, el("span", {}, sign && icon(sign), text));
  });
  return el(
    "fieldset",
    { class: "f-choices" },
    el("legend", { class: hideLabel ? "f-hidden" : "f-label" }, label),
    el("div", { class: areLong ? "f-choice-row is-long" : "f-choice-row" }, inputs),
  );
}

/** Return a labelled field. */
export function field(label, input, hint) {
  return el("div", { class: "f-field" }, el("label", { class: "f-label", for: input.id }, label), hint && el("p", { class: "f-hint" }, hint), input);
}

/** Return a message with the action that helps. */
export function banner(tone, text, ...actions) {
  return el("div", { class: `f-banner is-${tone}`, role: tone === "bad" ? "alert" : "status" }, el("span", {}, text), ...actions);
}

/** Say what went wrong when something could not be kept on the phone. */
export function storageWords(error) {
  const isFull = error && (error.name === "QuotaExceededError" || /quota/i.test(String(error.message)));
  return isFull
    ? "手机存储空间不足，刚才的内容没有存下。请先同步已提交的记录，或清理手机空间后再试；之前存下的内容都在。"
    : `手机没有存下刚才的内容（${(error && error.name) || "未知原因"}）。请不要关闭本页，重试或改用其他浏览器。`;
}

/** Offer *text* as a file. */
export function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(url), 10000);
}
