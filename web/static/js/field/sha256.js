/**
 * SHA-256 of bytes as hexadecimal text. The browser's own is used where there is one; on plain http (an intranet
 * without certificates) browsers hide it, so the same function is written out below (FIPS 180-4).
 */
const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n += 1) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
const fraction = (root) => Math.floor((root - Math.floor(root)) * 0x100000000);
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUND = PRIMES.map((prime) => fraction(Math.cbrt(prime)));

/** Return the hash of an ArrayBuffer. */
export async function sha256(buffer) {
  const subtle = globalThis.crypto && globalThis.crypto.subtle;
  return subtle ? hex(new Uint8Array(await subtle.digest("SHA-256", buffer))) : ownSha256(buffer);
}

/** Return the hash of an ArrayBuffer without the browser's help. */
export function ownSha256(buffer) {
  const state = Uint32Array.from(START);
  const message = padded(new Uint8Array(buffer));
  const words = new Uint32Array(64);
  for (let place = 0; place < message.byteLength; place += 64) block(state, words, message, place);
  const result = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => result.setUint32(index * 4, word));
  return hex(new Uint8Array(result.buffer));
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function padded(bytes) {
  const length = Math.ceil((bytes.length + 9) / 64) * 64;
  const whole = new Uint8Array(length);
  whole.set(bytes);
  whole[bytes.length] = 0x80;
  const view = new DataView(whole.buffer);
  view.setUint32(length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(length - 4, (bytes.length << 3) >>> 0);
  return view;
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

function block(state, words, message, place) {
  for (let i = 0; i < 16; i += 1) words[i] = message.getUint32(place + i * 4);
  for (let i = 16; i < 64; i += 1) {
    const early = words[i - 15];
    const late = words[i - 2];
    const mixed = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    words[i] = words[i - 16] + mixed + words[i - 7] + (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] += word;
  });
}
