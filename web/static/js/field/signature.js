/** The party's signature: drawn on the screen, given on paper, or refused before witnesses. */
import { fileOf, now } from "./records.js";
import { sha256 } from "./sha256.js";
import { choices, el, field } from "./ui.js";

const WAYS = [["signed", "屏上签名"], ["paper", "纸上签名"], ["refused", "拒绝签名"]];
const INK = "#10203f";

export function signaturePart(editor) {
  const body = el("div", {});
  const given = () => editor.values.signature;
  const pick = (way) => {
    editor.setSignature({ way });
    show();
  };

  function text(name, label, hint, longer) {
    const attributes = { id: `signature-${name}`, class: "f-input", value: given()[name] || "", maxlength: longer ? 500 : 60, autocomplete: "off" };
    const input = el(longer ? "textarea" : "input", longer ? { ...attributes, rows: 2 } : { ...attributes, type: "text" });
    input.addEventListener("input", () => editor.setSignature({ [name]: input.value }));
    return field(label, input, hint);
  }

  function witness(place) {
    const input = el("input", { id: `signature-witness-${place}`, class: "f-input", type: "text", maxlength: 60, value: given().witnesses[place] || "", autocomplete: "off" });
    input.addEventListener("input", () => {
      const witnesses = [...given().witnesses];
      witnesses[place] = input.value;
      editor.setSignature({ witnesses });
    });
    return field(`见证人 ${place + 1}${place ? "（可不填）" : ""}`, input);
  }

  function show() {
    const { way } = given();
    body.replaceChildren();
    if (way === "signed") body.append(text("signer", "签名人姓名"), pad(editor));
    if (way === "paper") body.append(text("signer", "签名人姓名"), el("p", { class: "f-hint" }, "请当事人在纸质笔录上签名，并把笔录拍照存入上面的照片。"));
    if (way === "refused") body.append(text("signer", "拒签人姓名或身份"), text("reason", "拒签理由", "例如：当事人认为与其无关", true), witness(0), witness(1));
  }

  show();
  return el("div", {}, choices({ name: "signature-way", label: "签名方式", options: WAYS, value: given().way, onpick: pick, hideLabel: true }), body);
}

/** A field to sign in with finger or pen; who cannot, signs on paper or refuses, both by keyboard. */
function pad(editor) {
  const canvas = el("canvas", { class: "f-pad", role: "img", "aria-label": "手写签名区；不能手写时请选“纸上签名”", id: "signature-pad" });
  const clear = el("button", { type: "button", class: "f-btn is-plain", onclick: wipe }, "清除重签");
  const hint = el("p", { class: "f-hint", role: "status" }, "请在框内手写");
  let pen = null;
  let last = null;
  let timer = 0;
  let keeping = Promise.resolve();
  editor.flush = () => (timer ? keep() : keeping);

  function prepare() {
    if (pen) return pen;
    const box = canvas.getBoundingClientRect();
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, box.width, box.height);
    Object.assign(pen, { strokeStyle: INK, fillStyle: INK, lineWidth: 2.6, lineCap: "round", lineJoin: "round" });
    return pen;
  }

  function point(event) {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  function start(event) {
    event.preventDefault();
    prepare();
    canvas.setPointerCapture(event.pointerId);
    last = point(event);
    pen.beginPath();
    pen.arc(last[0], last[1], 1.3, 0, Math.PI * 2);
    pen.fill();
    window.clearTimeout(timer);
  }

  function move(event) {
    if (!last) return;
    const next = point(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
  }

  function end() {
    if (!last) return;
    last = null;
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, 400);
  }

  /** One after the other: whoever submits meanwhile waits for the picture that is being made. */
  function keep() {
    window.clearTimeout(timer);
    timer = 0;
    keeping = keeping.then(store).catch(failed);
    return keeping;
  }

  /** No picture was made (a phone short of memory): leaving and submitting must work nevertheless. */
  function failed() {
    hint.textContent = "签名没有存下，请清除重签";
  }

  const refer = (image) => (values) => ({ ...values, signature: { ...values.signature, image } });

  async function store() {
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const bytes = await blob.arrayBuffer();
    const hash = await sha256(bytes);
    const before = editor.values.signature.image;
    const entry = { sha256: hash, name: "当事人签名", kind: "signature", type: "image/png", taken_at: now() };
    if (await editor.add(entry, bytes, refer(hash))) {
      if (before && before !== hash) await editor.remove(before);
      hint.textContent = "签名已存";
    }
  }

  function wipe() {
    window.clearTimeout(timer);
    timer = 0;
    pen = null;
    prepare();
    hint.textContent = "请在框内手写";
    keeping = keeping.then(forget).catch(failed);
  }

  async function forget() {
    const { image } = editor.values.signature;
    if (image) await editor.remove(image, refer(null));
    hint.textContent = "请在框内手写";
  }

  async function restore() {
    const { image } = editor.values.signature;
    const kept = image && (await fileOf(editor.record, image));
    if (!kept) return;
    const url = URL.createObjectURL(new Blob([kept.bytes], { type: kept.type }));
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const box = canvas.getBoundingClientRect();
    prepare().drawImage(picture, 0, 0, box.width, box.height);
    URL.revokeObjectURL(url);
    hint.textContent = "签名已存";
  }

  canvas.addEventListener("pointerdown", start);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  window.requestAnimationFrame(restore);
  return el("div", {}, canvas, el("div", { class: "f-acts" }, clear, hint));
}
