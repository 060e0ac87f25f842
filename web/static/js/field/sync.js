/**
 * Sends what waits. The same file runs in the page and in the service worker, so it touches no page.
 *
 * Order for one record: every file under its own hash, then the record that names them. Each step may be repeated:
 * files are kept by hash, the record by its client_id. An answer that got lost is simply asked for again.
 */
import { all } from "./db.js";
import { beginSending, delivered, fileOf, keepSkew, keepTasks, profile, progress, stillSame } from "./records.js";
import { evidence, payload } from "./payload.js";

const API = "/api/v1";
const QUICK = 30000;
const SLOW = 120000;
const FIRST_WAIT = 5000;
const LONGEST_WAIT = 600000;
const LOST_RACE = ["record-conflict", "task-not-open", "idempotency-key-reused"];
const CHANNEL = "xianjie-field";
const channel = globalThis.BroadcastChannel ? new BroadcastChannel(CHANNEL) : null;
let running = false;

class Later extends Error {}
class SignIn extends Error {}

/**
 * Read the tasks and send the queue once; *force* ignores waiting times.
 * Answers {status: "ok" | "offline" | "sign-in" | "busy", wait: milliseconds until the next try or 0}.
 */
export function synchronize(force = false) {
  if (globalThis.navigator && navigator.locks) {
    return navigator.locks.request("xianjie-field-sync", { ifAvailable: true }, (lock) => {
      return lock ? round(force) : { status: "busy", wait: FIRST_WAIT };
    });
  }
  if (running) return Promise.resolve({ status: "busy", wait: FIRST_WAIT });
  running = true;
  return round(force).finally(() => {
    running = false;
  });
}

/** Call *listener* after each change by this or another window or the service worker. */
export function onChange(listener) {
  if (channel) channel.addEventListener("message", listener);
  globalThis.addEventListener("xianjie:field", listener);
}

function changed() {
  if (channel) channel.postMessage("changed");
  globalThis.dispatchEvent(new Event("xianjie:field"));
}

async function round(force) {
  let status = "ok";
  try {
    const { login, token } = await refresh();
    for (const record of await waiting(login)) {
      if (force || !(record.next_at > Date.now())) await deliver(record, token);
    }
  } catch (error) {
    if (!(error instanceof Later || error instanceof SignIn)) throw error;
    status = error instanceof SignIn ? "sign-in" : "offline";
  } finally {
    changed();
  }
  return { status, wait: await nextWait(status) };
}

async function waiting(login) {
  const found = (await all("records")).filter((one) => one.owner === login);
  return found.filter((one) => ["queued", "sending"].includes(one.state)).sort((a, b) => a.queued_at - b.queued_at);
}

async function nextWait(status) {
  const known = await profile();
  const left = known ? await waiting(known.person.login) : [];
  if (!left.length || status === "sign-in") return 0;
  const soonest = Math.min(...left.map((one) => one.next_at || 0));
  return Math.max(FIRST_WAIT, soonest - Date.now());
}

/** Read who is signed in, the form token and the open tasks. */
async function refresh() {
  const known = await profile();
  const headers = { Accept: "application/json" };
  if (known && known.etag) headers["If-None-Match"] = known.etag;
  const answer = await ask(`${API}/field/tasks`, { headers }, QUICK);
  if (answer.status === 401) throw new SignIn();
  const token = answer.headers.get("X-CSRFToken") || "";
  if (answer.status === 304 && known) {
    await stillSame();
    await watchClock(answer);
    return { login: known.person.login, token };
  }
  if (!answer.ok || !isJson(answer)) throw new Later();
  const body = said(answer);
  await keepTasks(body, answer.headers.get("ETag") || "");
  await watchClock(answer);
  return { login: body.person.login, token };
}

/** Compare the phone's clock with the server's: times of a record are refused when the phone runs ahead. */
function watchClock(answer) {
  const there = Date.parse(answer.headers.get("Date") || "");
  return there ? keepSkew(Date.now() - there) : undefined;
}

async function deliver(queued, token) {
  const record = await beginSending(queued.client_id);
  if (!record) return;
  changed();
  try {
    const refusal = await sendFiles(record, token);
    if (refusal) await refused(record, refusal, "refused");
    else await judge(record, await post(record, token));
  } catch (error) {
    await progress(record.client_id, afterFailure(record, error));
    throw error;
  } finally {
    changed();
  }
}

function afterFailure(record, error) {
  if (error instanceof SignIn) return { state: "queued", next_at: 0 };
  const attempts = record.attempts + 1;
  const wait = Math.min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT) * (0.75 + Math.random() / 2);
  return { state: "queued", attempts, next_at: Date.now() + wait };
}

/** Send each file that is not there yet; answers the server's refusal of one, or null. */
async function sendFiles(record, token) {
  let files = record.files;
  const needed = new Set(evidence(record).map((one) => one.sha256));
  for (const file of files.filter((one) => !one.sent && needed.has(one.sha256))) {
    const kept = await fileOf(record, file.sha256);
    if (!kept) return { code: "lost", text: `${file.name}已从本机丢失，请删除后重拍`, errors: [] };
    const url = `${API}/inspections/${record.task.inspection_id}/evidence/${file.sha256}`;
    const headers = { "Content-Type": kept.type, "X-CSRFToken": token, Accept: "application/json" };
    const answer = await ask(url, { method: "PUT", body: kept.bytes, headers }, SLOW);
    passing(answer);
    if (!answer.ok) return problemOf(answer, `${file.name}：`);
    files = files.map((one) => (one.sha256 === file.sha256 ? { ...one, sent: true } : one));
    await progress(record.client_id, { files });
    changed();
  }
  return null;
}

async function post(record, token) {
  const headers = {
    "Content-Type": "application/json",
    "Idempotency-Key": record.client_id,
    "X-CSRFToken": token,
    Accept: "application/json",
  };
  const kind = record.is_supplement ? "supplement" : "record";
  await progress(record.client_id, { was_sent: true });
  return ask(`${API}/field/tasks/${record.task_id}/${kind}`, { method: "POST", body: JSON.stringify({ record: payload(record) }), headers }, QUICK);
}

/** Write down what the server made of the record. */
async function judge(record, answer) {
  passing(answer);
  if (answer.ok) return delivered(record.client_id, said(answer));
  const problem = problemOf(answer);
  if (problem.code === "evidence-missing") {
    await progress(record.client_id, { files: record.files.map((one) => ({ ...one, sent: false })) });
    throw new Later();
  }
  return refused(record, problem, LOST_RACE.includes(problem.code) ? "conflict" : "refused");
}

function problemOf(answer, before = "") {
  const { code, detail, title, errors } = said(answer);
  if (code === "form-expired") throw new Later(); // somebody signed in meanwhile; the next try brings a new token
  return { code: code || "", text: before + (detail || title || "服务器没有接受"), errors: errors || [] };
}

function refused(record, error, state) {
  return progress(record.client_id, { state, error, was_sent: false, answered_at: Date.now() });
}

/** Pass over answers that say nothing about the record, such as those of a gateway or a hotel's Wi-Fi: try later. */
function passing(answer) {
  if (answer.status === 401) throw new SignIn();
  if ([408, 425, 429].includes(answer.status) || answer.status >= 500 || !isJson(answer)) throw new Later();
}

function isJson(answer) {
  return /json/.test(answer.headers.get("Content-Type") || "");
}

function said(answer) {
  try {
    return JSON.parse(answer.text);
  } catch (error) {
    throw new Later();
  }
}

/** Ask and read the whole answer within the time: one that stands still half way must not hold up all that wait. */
async function ask(url, options, limit) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limit);
  try {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: stop.signal, ...options });
    return { ok: answer.ok, status: answer.status, headers: answer.headers, text: await answer.text() };
  } catch (error) {
    throw new Later();
  } finally {
    clearTimeout(timer);
  }
}
