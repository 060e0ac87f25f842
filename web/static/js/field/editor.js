/**
 * One record that is being written. Every change is kept at once; while one write is under way the next changes wait
 * for it, so that the numbers of the versions follow each other.
 */
import { addFile, removeFile, save } from "./records.js";

export class Editor {
  /** *notify* gets "saved", "stale" (another window was faster) or an error. */
  constructor(record, notify) {
    this.record = record;
    this.notify = notify;
    this.chain = Promise.resolve();
    this.isDirty = false;
    this.isStale = false;
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
      this.chain = this.chain.then(() => {
        this.isDirty = false;
        return this.write(() => save(this.record, { values: this.record.values }));
      });
    }
    return this.chain;
  }

  /** Keep a file and what refers to it. */
  add(entry, bytes) {
    return this.afterwards(() => addFile(this.record, entry, bytes, { values: this.record.values }));
  }

  remove(sha256) {
    return this.afterwards(() => removeFile(this.record, sha256, { values: this.record.values }));
  }

  afterwards(act) {
    this.chain = this.chain.then(() => this.write(act));
    return this.chain;
  }

  async write(act) {
    if (this.isStale) return false;
    try {
      const after = await act();
      if (!after) {
        this.isStale = true;
        this.notify("stale");
        return false;
      }
      this.record = { ...after, values: this.isDirty ? this.record.values : after.values };
      this.notify("saved");
      return true;
    } catch (error) {
      this.notify(error);
      return false;
    }
  }

  /** Wait until everything is kept; tells whether it is. */
  async settled() {
    await this.flush();
    await this.chain;
    return !this.isStale;
  }
}
