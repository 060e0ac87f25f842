/**
 * What the phone remembers, in IndexedDB: tasks with their check sheets, records, files (photos, signatures).
 * A change is kept when its transaction is complete; "strict" means: on the disk, so that a crash loses nothing.
 */
const NAME = "xianjie-field";
const VERSION = 1;
const MARK = "xianjie-field-used";
let opening = null;
let isForgotten = false;

/** Return the open database; who has signed out gets none, so that a late answer keeps nothing. */
export function open() {
  if (isForgotten) return Promise.reject(new Error("forgotten"));
  if (!opening) opening = connect();
  return opening;
}

function connect() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => create(request.result);
    request.onsuccess = () => resolve(watched(request.result));
    request.onerror = () => {
      opening = null;
      reject(request.error);
    };
  });
}

function create(database) {
  database.createObjectStore("tasks", { keyPath: "task_id" });
  database.createObjectStore("records", { keyPath: "client_id" });
  database.createObjectStore("files", { keyPath: "key" }).createIndex("client_id", "client_id");
  database.createObjectStore("meta", { keyPath: "name" });
}

function watched(database) {
  const closed = () => {
    opening = null;
  };
  database.onclose = closed;
  database.onversionchange = () => {
    database.close();
    closed();
  };
  return database;
}

/** Run *work* with the stores in one transaction; the answer comes when all of it is kept. */
export async function transact(names, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode, { durability: "strict" });
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error || new Error("aborted"));
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
    work(stores, (value) => {
      result = value;
    }, transaction);
  });
}

/** Return one entry, or undefined. */
export function get(store, key) {
  return transact([store], "readonly", (stores, give) => {
    const request = stores[store].get(key);
    request.onsuccess = () => give(request.result);
  });
}

/** Return all entries of a store. */
export function all(store) {
  return transact([store], "readonly", (stores, give) => {
    const request = stores[store].getAll();
    request.onsuccess = () => give(request.result);
  });
}

/** Write one entry. */
export function put(store, value) {
  return transact([store], "readwrite", (stores) => stores[store].put(value));
}

/** Change one entry in one transaction: *change* gets what is there and returns what shall be there, or undefined. */
export function update(store, key, change) {
  return transact([store], "readwrite", (stores, give) => {
    const request = stores[store].get(key);
    request.onsuccess = () => {
      const after = request.result && change(request.result);
      if (after) stores[store].put(after);
      give(after);
    };
  });
}

/** Tell the other pages of this browser that a record is kept here; they look only then. */
export function mark() {
  try {
    window.localStorage.setItem(MARK, "1");
  } catch (error) {
    /* the frame then shows no queue; the field pages still do */
  }
}

/** Forget everything of the pages on site: the database, the caches and the service worker. */
export async function forgetAll() {
  isForgotten = true;
  const database = opening && (await opening.catch(() => null));
  if (database) database.close();
  opening = null;
  await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = resolve;
    request.onerror = resolve;
    request.onblocked = resolve;
  });
  if (globalThis.caches) {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(NAME)).map((name) => caches.delete(name)));
  }
  if (navigator.serviceWorker) {
    const found = await navigator.serviceWorker.getRegistrations();
    const own = found.filter((registration) => new URL(registration.scope).pathname === "/field/");
    await Promise.all(own.map((registration) => registration.unregister()));
  }
  try {
    window.localStorage.removeItem(MARK);
  } catch (error) {
    /* was not there */
  }
}
