/** Photos: taken or chosen, made smaller, stamped with time and number, hashed, kept. */
import { now, fileOf } from "./records.js";
import { sha256 } from "./sha256.js";
import { el, icon, moment } from "./ui.js";

const LONGEST_SIDE = 1600;
const QUALITY = 0.82;
const MOST_BYTES = 10 * 1024 * 1024;
const AS_THEY_ARE = ["image/jpeg", "image/png", "image/webp", "image/heic"];
export const MOST_PHOTOS = 40;

/** Return the button that opens the camera, or the album. */
export function photoInput({ id, text, fromAlbum, onfiles, small }) {
  const attributes = { type: "file", id, accept: "image/*", class: "f-file", onchange: take };
  if (fromAlbum) attributes.multiple = true;
  else attributes.capture = "environment";
  const input = el("input", attributes);
  function take() {
    const files = Array.from(input.files);
    input.value = "";
    onfiles(files);
  }
  const look = small ? "f-btn f-file-btn is-small" : "f-btn f-file-btn";
  return el("label", { class: look }, input, icon("camera"), el("span", {}, text));
}

/** Keep the photos one after the other; *about* is the line they belong to. Answers what to tell the person, or "". */
export async function keepPhotos(editor, files, about) {
  let message = "";
  for (const file of files) {
    if (photosOf(editor.record).length >= MOST_PHOTOS) return `最多 ${MOST_PHOTOS} 张照片，其余没有存下。`;
    const made = await shrink(file, `${moment(now())} ${editor.record.task.number}`);
    if (!made) {
      message = `“${file.name}”不是能打开的照片，没有存下；请用手机相机重新拍摄。`;
      continue;
    }
    const place = photosOf(editor.record).length + 1;
    const name = `照片${String(place).padStart(2, "0")}${about ? `（${about}）` : ""}`;
    const entry = { sha256: await sha256(made.bytes), name, kind: "photo", type: made.type, taken_at: now() };
    if (!(await editor.add(entry, made.bytes))) return message;
  }
  return message;
}

export function photosOf(record) {
  return record.files.filter((file) => file.kind === "photo");
}

async function shrink(file, stamp) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    drawStamp(pen, canvas, stamp);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return { bytes: await blob.arrayBuffer(), type: "image/jpeg" };
  } catch (error) {
    return asItIs(file);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A picture this browser cannot draw (HEIC) is kept as the camera made it. */
async function asItIs(file) {
  if (!AS_THEY_ARE.includes(file.type) || file.type === "image/jpeg" || file.size > MOST_BYTES || !file.size) return null;
  const bytes = await file.arrayBuffer().catch(() => null); // an album may name what it cannot give
  return bytes && { bytes, type: file.type };
}

function drawStamp(pen, canvas, stamp) {
  const size = Math.max(14, Math.round(canvas.width / 40));
  pen.font = `${size}px sans-serif`;
  const width = pen.measureText(stamp).width;
  pen.fillStyle = "rgba(0, 0, 0, 0.55)";
  pen.fillRect(0, canvas.height - size * 1.8, width + size, size * 1.8);
  pen.fillStyle = "#ffffff";
  pen.fillText(stamp, size / 2, canvas.height - size * 0.6);
}

/** Show the photos in *row*; those already shown stay. */
export async function showPhotos(row, editor, onremove) {
  const wanted = photosOf(editor.record);
  Array.from(row.children).forEach((item) => {
    if (!wanted.some((file) => file.sha256 === item.dataset.sha256)) item.remove();
  });
  for (const file of wanted) {
    if (isShown(row, file)) continue;
    const kept = await fileOf(editor.record, file.sha256);
    if (kept && !isShown(row, file)) row.append(thumb(file, kept, onremove));
  }
}

function isShown(row, file) {
  return Array.from(row.children).some((item) => item.dataset.sha256 === file.sha256);
}

/** Return one picture; without *onremove* it cannot be taken out. */
export function thumb(file, kept, onremove) {
  const src = URL.createObjectURL(new Blob([kept.bytes], { type: kept.type }));
  const free = () => URL.revokeObjectURL(src); // once it is shown; forms are opened all day
  const image = el("img", { alt: file.name, src, onload: free, onerror: free });
  const remove = onremove && el("button", {
    type: "button", class: "f-thumb-remove", "aria-label": `删除${file.name}`, onclick: () => onremove(file),
  }, icon("no"));
  return el("li", { class: "f-thumb", "data-sha256": file.sha256 }, image, el("span", {}, file.name), remove);
}
