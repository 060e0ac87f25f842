/**
 * Puts the movable viewer of bpmn.io in the place of the server's picture. If anything fails the picture stays.
 *
 * .diagram[data-bpmn-url][data-viewer-url]: the file and the viewer script; data-tokens-url: {"states": {"sign":
 * {"state": "late", "count": 1, "label": "超期，超期3日", "note": "超期3日"}}}. The mark of bpmn.io stays visible:
 * zoom buttons and legend are outside the canvas.
 */
import { make } from "./dom.js";

const LEGIBLE = 0.7;
const SIGNS = { done: "✓", active: "●", late: "!", waiting: "⧗", error: "✕", cancelled: "–" };

export function startDiagrams() {
  document.querySelectorAll(".diagram[data-bpmn-url]").forEach((place) => {
    enliven(place).catch(() => undefined);
  });
}

async function enliven(place) {
  const { bpmnUrl, tokensUrl, viewerUrl } = place.dataset;
  const [xml, tokens] = await Promise.all([
    read(bpmnUrl, "text"),
    tokensUrl ? read(tokensUrl, "json") : { states: {} },
    load(viewerUrl),
  ]);
  const picture = place.querySelector(".diagram-canvas");
  const canvas = make("div", "diagram-canvas is-live");
  picture.before(canvas);
  const viewer = new window.BpmnJS({ container: canvas });
  try {
    await viewer.importXML(xml);
  } catch (error) {
    viewer.destroy();
    canvas.remove();
    throw error;
  }
  picture.hidden = true;
  colour(viewer, tokens.states || {});
  zoom(place, viewer.get("canvas"));
  approach(viewer, tokens.states || {});
}

function read(url, kind) {
  return fetch(url, { credentials: "same-origin" }).then((answer) => {
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer[kind]();
  });
}

function load(url) {
  const folder = url.slice(0, url.lastIndexOf("/"));
  ["diagram-js.css", "bpmn-js.css"].forEach((name) => {
    const link = make("link");
    link.rel = "stylesheet";
    link.href = `${folder}/assets/${name}`;
    document.head.append(link);
  });
  if (window.BpmnJS) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = make("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

function colour(viewer, states) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const registry = viewer.get("elementRegistry");
  Object.entries(states).forEach(([id, state]) => {
    const element = registry.get(id);
    if (!element || !SIGNS[state.state]) return;
    canvas.addMarker(id, `is-${state.state}`);
    if (element.waypoints) return;
    const badge = make("div", `token-badge is-${state.state}`, words(state));
    badge.title = state.label || "";
    const label = element.label;
    const place = label && label.y < element.y ? { bottom: 8, right: 14 } : { top: -10, right: 14 };
    overlays.add(id, { position: place, html: badge });
  });
}

function words(state) {
  const count = state.count > 1 ? `×${state.count}` : "";
  return [SIGNS[state.state], count, (state.note || "").slice(0, 8)].filter(Boolean).join(" ");
}

/** A large diagram, whole, is too small to read: begin where the case is; 适应 shows all of it. */
function approach(viewer, states) {
  const canvas = viewer.get("canvas");
  const here = ["late", "error", "active", "waiting"]
    .flatMap((state) => Object.keys(states).filter((id) => states[id].state === state))
    .map((id) => viewer.get("elementRegistry").get(id))
    .find((element) => element && !element.waypoints && !(element.children || []).length);
  if (!here || canvas.zoom() >= LEGIBLE) return;
  canvas.zoom(LEGIBLE);
  canvas.scrollToElement(here, 120);
}

function zoom(place, canvas) {
  canvas.zoom("fit-viewport", "auto");
  const bar = place.querySelector(".diagram-zoom");
  if (!bar) return;
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (!button) return;
    if (button.dataset.zoom === "fit") canvas.zoom("fit-viewport", "auto");
    else canvas.zoom(canvas.zoom() * (button.dataset.zoom === "in" ? 1.25 : 0.8));
  });
}
