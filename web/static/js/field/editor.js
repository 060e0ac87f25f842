/**
 * One record that is being written. Every change is kept at once; while one write is under way the next changes wait
 * for it, so that the numbers of the versions follow each other.
 */
import { addFile, removeFile, save } from "./records.js";

const same = (values) => values;

export class Editor {
  /** *notify* gets "saved", "stale" (another window was faster) or an error. */
  constructor(record, notify) {
    this.record = record;
    this.notify = notify;
    this.chain = Promise.resolve();
    this.held = Promise.resolve();
    this.isDirty = false;
    this.isStale = false;
    this.isUnsaved = false;
    this.flush = () => undefined;
  }

  get values() {
    return this.record.values;
  }

  /** Change values and keep them. */
  set(parts) {
    this.record.values = { ...this.record.values, ...parts };
    return this.later();
  }

  setLine(code, parts) {
    const line = { verdict: "", note: "", ...this.values.lines[code], ...parts };
    return this.set({ lines: { ...this.values.lines, [code]: line } });
  }

  setSignature(parts) {
    return this.set({ signature: { ...this.values.signature, ...parts } });
  }

  /** Write once more after the write that is under way; many changes become one write. */
  later() {
    if (!this.isDirty) {
      this.isDirty = true;
      this.chain = this.chain.then(async () => {
        this.isDirty = false;
        this.isUnsaved = !(await this.write((values) => save(this.record, { values })));
      });
    }
    return this.chain;
  }

  /** Keep a file and, by *change* of the values, what refers to it: both or neither. */
  add(entry, bytes, change = same) {
    return this.afterwards((values) => addFile(this.record, entry, bytes, { values }), change);
  }

  /** Take a file out and, by *change* of the values, what refers to it. */
  remove(sha256, change = same) {
    return this.afterwards((values) => removeFile(this.record, sha256, { values }), change);
  }

  /** Let nothing be settled before *work*, the making of a picture for example, is done. */
  hold(work) {
    this.held = Promise.allSettled([this.held, work]);
    return work;
  }

  afterwards(act, change) {
    this.chain = this.chain.then(() => this.write(act, change));
    return this.chain;
  }

  /** Write once. What was entered while the write was under way stays: the next write takes it. */
  async write(act, change = same) {
    if (this.isStale) return false;
    try {
      const after = await act(change(this.values));
      if (!after) {
        this.isStale = true;
        this.notify("stale");
        return false;
      }
      this.record = { ...after, values: change(this.values) };
      this.notify("saved");
      return true;
    } catch (error) {
      this.notify(error);
      return false;
    }
  }

  /** Wait until everything is kept, what failed before is tried once more; tells whether it is. */
  async settled() {
    await this.flush();
    await this.held;
    if (this.isUnsaved) this.later();
    for (let seen = null; seen !== this.chain; await seen) seen = this.chain;
    return !this.isStale && !this.isUnsaved;
  }
}
