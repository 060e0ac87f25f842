/**
 * The modeler of bpmn.io for administrators. The mark of bpmn.io stays visible: all buttons are outside the canvas.
 *
 * [data-modeler]: data-script (the modeler), data-xml-url (the diagram to open, may be empty); inside it a .modeler-canvas,
 * input[data-modeler-file], [data-modeler-download], form[data-modeler-form] with fields xml and filename, and
 * [data-modeler-state] for what is said.
 */
import { make } from "./dom.js";

const place = document.querySelector("[data-modeler]");
if (place) start(place).catch((error) => say(place.dataset.failed + error.message));

function say(words) {
  place.querySelector("[data-modeler-state]").textContent = words;
}

async function start(root) {
  await load(root.dataset.script);
  const modeler = new window.BpmnJS({ container: root.querySelector(".modeler-canvas") });
  if (root.dataset.xmlUrl) {
    const answer = await fetch(root.dataset.xmlUrl, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    await open(modeler, await answer.text());
  }
  root.querySelector("[data-modeler-file]").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (!file) return;
    event.target.value = ""; // else the same file, changed meanwhile, could not be opened again
    file.text().then((xml) => open(modeler, xml, file.name)).catch((error) => say(root.dataset.failed + error.message));
  });
  root.querySelector("[data-modeler-download]").addEventListener("click", () => download(root, modeler).catch((error) => say(error.message)));
  const form = root.querySelector("[data-modeler-form]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    modeler.saveXML({ format: true }).then(({ xml }) => {
      form.querySelector("[name=xml]").value = xml;
      form.submit();
    }).catch((error) => say(error.message));
  });
  root.dataset.started = "yes";
}

async function open(modeler, xml, name) {
  await modeler.importXML(xml);
  if (name) place.querySelector("[name=filename]").value = name;
  say("");
  modeler.get("canvas").zoom("fit-viewport", "auto");
  place.querySelector("[name=xml]").value = (await modeler.saveXML({ format: true })).xml;
  place.dataset.opened = String(Number(place.dataset.opened || "0") + 1);
}

async function download(root, modeler) {
  const { xml } = await modeler.saveXML({ format: true });
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([xml], { type: "application/xml" }));
  link.download = root.querySelector("[name=filename]").value || "diagram.bpmn";
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10000); // the browser reads it a little later
}

function load(url) {
  const folder = url.slice(0, url.lastIndexOf("/"));
  ["diagram-js.css", "bpmn-js.css", "bpmn-font/css/bpmn.css"].forEach((name) => {
    const link = make("link");
    link.rel = "stylesheet";
    link.href = `${folder}/assets/${name}`;
    document.head.append(link);
  });
  return new Promise((resolve, reject) => {
    const script = make("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = () => reject(new Error(url));
    document.head.append(script);
  });
}
