/** Starts what the page needs. Every page works without this file; it only adds speed. */
import { startAutosave } from "./autosave.js";
import { startBadges } from "./badge.js";
import { startBulk } from "./bulk.js";
import { startConditions } from "./conditions.js";
import { startCountdowns } from "./countdown.js";
import { startInstall } from "./install.js";
import { startKeys } from "./kbd.js";
import { startNarrow } from "./narrow.js";
import { startPreview } from "./preview.js";
import { startOutbox } from "./outbox.js";
import { startLocate } from "./locate.js";
import { startToasts } from "./toast.js";

startKeys();
startNarrow();
startPreview();
startAutosave();
startBulk();
startConditions();
startCountdowns();
startBadges();
startLocate();
startToasts();
startOutbox();
startInstall();

const important = document.querySelector("[data-autofocus]");
if (important) important.focus();

if (document.querySelector(".diagram[data-bpmn-url]")) {
  import("./diagram.js").then((module) => module.startDiagrams()).catch(() => undefined);
}
