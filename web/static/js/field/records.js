/**
 * Records on this phone and the states they go through:
 *   draft 草稿 → queued 待同步 → sending 同步中 → delivered 已送达
 *                                          ↘ conflict 冲突 (somebody else's record was first)
 *                                          ↘ refused 需修改 (the server names what is wrong; back to the form)
 * The client_id is made once, with the draft: however often a record is sent, the server keeps one.
 */
import { all, get, mark, transact, update } from "./db.js";
import { newId } from "./ids.js";

export const STATES = {
  draft: "草稿",
  queued: "待同步",
  sending: "同步中",
  delivered: "已送达",
  conflict: "冲突",
  refused: "需修改",
};
export const UNSENT = ["draft", "queued", "sending", "conflict", "refused"];
export const EDITABLE = ["draft", "refused"];
const KEEP_DELIVERED = 3 * 86400000;

/** Return a new record for a task; nothing is kept yet. */
export function blank(task, person) {
  return {
    client_id: newId(),
    task_id: task.task_id,
    owner: person.login,
    owner_name: person.name,
    task,
    state: "draft",
    rev: 0,
    values: {
      started_at: now(),
      ended_at: "",
      lines: {},
      result: "",
      summary: "",
      location: null,
      signature: { way: "", signer: "", image: null, witnesses: ["", ""], reason: "" },
    },
    files: [],
    attempts: 0,
    next_at: 0,
    error: null,
    saved_at: now(),
  };
}

/** Return the person's record of a task that is not delivered yet, or make one; two windows get the same one. */
export async function begin(task, person) {
  const fresh = blank(task, person);
  const found = await transact(["records"], "readwrite", (stores, give) => {
    const request = stores.records.getAll();
    request.onsuccess = () => {
      const known = request.result.find((one) => isOpen(one, task.task_id, person.login));
      if (!known) stores.records.put(fresh);
      give(known || fresh);
    };
  });
  mark();
  return found;
}

function isOpen(record, taskId, login) {
  return record.task_id === taskId && record.owner === login && record.state !== "delivered";
}

/** Keep changed parts of a record; answers undefined when another window or the queue was faster. */
export function save(record, parts) {
  return update("records", record.client_id, (kept) => {
    if (kept.rev !== record.rev || !EDITABLE.includes(kept.state)) return undefined;
    return { ...kept, ...parts, rev: kept.rev + 1, saved_at: now() };
  });
}

/** Keep a file together with the record that names it: both or neither. */
export function addFile(record, entry, bytes, parts = {}) {
  return transact(["records", "files"], "readwrite", (stores, give) => {
    const request = stores.records.get(record.client_id);
    request.onsuccess = () => {
      const kept = request.result;
      if (!kept || kept.rev !== record.rev || !EDITABLE.includes(kept.state)) return;
      const files = [...kept.files.filter((one) => one.sha256 !== entry.sha256), { ...entry, sent: false }];
      const after = { ...kept, ...parts, files, rev: kept.rev + 1, saved_at: now() };
      stores.files.put({ key: fileKey(kept, entry.sha256), client_id: kept.client_id, bytes, type: entry.type });
      stores.records.put(after);
      give(after);
    };
  });
}

/** Take a file out of a record. */
export function removeFile(record, sha256, parts = {}) {
  return transact(["records", "files"], "readwrite", (stores, give) => {
    const request = stores.records.get(record.client_id);
    request.onsuccess = () => {
      const kept = request.result;
      if (!kept || kept.rev !== record.rev || !EDITABLE.includes(kept.state)) return;
      const files = kept.files.filter((one) => one.sha256 !== sha256);
      const after = { ...kept, ...parts, files, rev: kept.rev + 1, saved_at: now() };
      stores.files.delete(fileKey(kept, sha256));
      stores.records.put(after);
      give(after);
    };
  });
}

/** Return the bytes of a file, or undefined. */
export function fileOf(record, sha256) {
  return get("files", fileKey(record, sha256));
}

function fileKey(record, sha256) {
  return `${record.client_id}/${sha256}`;
}

/** Put a record into the queue. */
export function enqueue(record) {
  return save(record, { state: "queued", attempts: 0, next_at: 0, error: null, queued_at: Date.now() });
}

/** Take a record out of the queue to change it; impossible once it was sent and may have arrived. */
export function pullBack(clientId) {
  return update("records", clientId, (kept) => {
    return kept.state === "queued" && !kept.was_sent ? { ...kept, state: "draft", rev: kept.rev + 1 } : undefined;
  });
}

/** Begin to send a record as it is now; answers undefined when it was taken back meanwhile. */
export function beginSending(clientId) {
  return update("records", clientId, (kept) => {
    return ["queued", "sending"].includes(kept.state) ? { ...kept, state: "sending", rev: kept.rev + 1 } : undefined;
  });
}

/** Write down how far sending has come. */
export function progress(clientId, parts) {
  return update("records", clientId, (kept) => ({ ...kept, ...parts, rev: kept.rev + 1 }));
}

/** A delivered record leaves only its trace: the files and what was written are on the server now. */
export function delivered(clientId, answer) {
  return transact(["records", "files"], "readwrite", (stores) => {
    const request = stores.records.get(clientId);
    request.onsuccess = () => {
      const kept = request.result;
      if (!kept) return;
      const { task_id, owner, owner_name, task, rev } = kept;
      const trace = { client_id: clientId, task_id, owner, owner_name, state: "delivered", rev: rev + 1, files: [] };
      stores.records.put({ ...trace, title: titleOf(task), number: task.number, delivered_at: Date.now(), answer });
      dropFiles(stores.files, clientId);
    };
  });
}

/** Throw a record away with its files while it is in one of the *states*; answers undefined when it is not. */
export function discard(clientId, states) {
  return transact(["records", "files"], "readwrite", (stores, give) => {
    const request = stores.records.get(clientId);
    request.onsuccess = () => {
      if (!request.result || !states.includes(request.result.state)) return;
      stores.records.delete(clientId);
      dropFiles(stores.files, clientId);
      give(true);
    };
  });
}

function dropFiles(files, clientId) {
  const request = files.index("client_id").getAllKeys(clientId);
  request.onsuccess = () => request.result.forEach((key) => files.delete(key));
}

/** Return the person's records, the oldest first; traces of old deliveries are dropped. */
export async function recordsOf(login) {
  const limit = Date.now() - KEEP_DELIVERED;
  const found = (await all("records")).filter((one) => one.owner === login);
  await Promise.all(found.filter((one) => one.delivered_at < limit).map((one) => discard(one.client_id, ["delivered"])));
  return found.filter((one) => !(one.delivered_at < limit));
}

/** Return other persons' records that still lie on this phone: how many, and whose. */
export async function others(login) {
  const found = (await all("records")).filter((one) => one.owner !== login && UNSENT.includes(one.state));
  return { count: found.length, names: Array.from(new Set(found.map((one) => one.owner_name))) };
}

/** Return who used this phone last, what they may choose from, and when the tasks were read. */
export async function profile() {
  return (await get("meta", "profile")) || null;
}

/** Remember who uses the phone and the open tasks: all of it or nothing. */
export async function keepTasks(answer, etag) {
  await transact(["meta", "tasks"], "readwrite", (stores) => {
    stores.tasks.clear();
    answer.tasks.forEach((task) => stores.tasks.put(task));
    const { person, choices, display } = answer;
    stores.meta.put({ name: "profile", person, choices, display, etag, read_at: Date.now() });
  });
  mark();
}

/** Remember that the tasks are still the same. */
export function stillSame() {
  return update("meta", "profile", (known) => ({ ...known, read_at: Date.now() }));
}

/** Remember how far the phone's clock is from the server's, in milliseconds. */
export function keepSkew(skew) {
  return update("meta", "profile", (known) => ({ ...known, skew }));
}

/** Turn the losing record of a conflict into a note beside the kept one, and queue it. */
export function asSupplement(clientId) {
  return update("records", clientId, (kept) => {
    if (kept.state !== "conflict") return undefined;
    const fresh = { state: "queued", is_supplement: true, attempts: 0, next_at: 0, error: null, was_sent: false };
    return { ...kept, ...fresh, queued_at: Date.now(), rev: kept.rev + 1 };
  });
}

export function titleOf(task) {
  return task.party_name || task.item_name || task.number;
}

export function now() {
  return new Date().toISOString();
}
