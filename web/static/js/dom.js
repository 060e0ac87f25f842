/** Small things several modules need. */

/** Return the token that proves a request comes from our own page. */
export function csrfToken() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  const field = document.querySelector('input[name="csrf_token"]');
  return (meta && meta.content) || (field && field.value) || "";
}

/** Return a new element with class names and text. */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** Return whether a person is typing into *target*. */
export function isTyping(target) {
  return Boolean(target && target.closest && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]"));
}

/** Storage may be full or forbidden; then there is simply nothing remembered. */
export const memory = {
  get(key) {
    try {
      return JSON.parse(window.localStorage.getItem(key));
    } catch (error) {
      return null;
    }
  },
  set(key, value) {
    try {
      window.localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch (error) {
      return false;
    }
  },
  forget(prefix) {
    this.drop(prefix, () => true);
  },
  /** Forget those of which *isUnwanted*, given value and key, says so. */
  drop(prefix, isUnwanted) {
    try {
      Object.keys(window.localStorage)
        .filter((key) => key.startsWith(prefix) && isUnwanted(this.get(key) || {}, key))
        .forEach((key) => window.localStorage.removeItem(key));
    } catch (error) {
      /* nothing was stored */
    }
  },
};
