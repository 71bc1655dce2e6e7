// One code as the shortest number in its interval (formats/pcb-v1.md, section 8.3), and the table that says
// how likely each bit of a model's codes is (8.1, 8.2, 8.4).

import { FormatError } from "./errors.js";

const WHOLE = 2 ** 32;
const LEAST = 2 ** 24;

/** Reads bits; bytes after the end are zeros. `bits` and `chances` are all that were read. */
export class BitReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.span = WHOLE;
    this.value = 0;
    this.bits = [];
    this.chances = [];
    for (let i = 0; i < 4; i++) this.value = 256 * this.value + this.#next();
  }

  #next() {
    return this.at < this.bytes.length ? this.bytes[this.at++] : 0;
  }

  /** The next bit; chance: that it is 1, in units of 2^-16. */
  read(chance) {
    const bound = Math.floor((this.span * chance) / 65536); // below 2^48: exact
    const bit = this.value < bound ? 1 : 0;
    if (bit) {
      this.span = bound;
    } else {
      this.value -= bound;
      this.span -= bound;
    }
    while (this.span < LEAST) {
      this.span *= 256;
      this.value = 256 * this.value + this.#next();
    }
    this.bits.push(bit);
    this.chances.push(chance);
    return bit;
  }
}

/** The interval of bits: those codes of `size` bytes from `low` to before `low + span` begin with them. */
class Interval {
  constructor() {
    this.low = 0n;
    this.span = WHOLE;
    this.size = 4;
  }

  add(bit, chance) {
    const bound = Math.floor((this.span * chance) / 65536);
    if (bit) {
      this.span = bound;
    } else {
      this.low += BigInt(bound);
      this.span -= bound;
    }
    while (this.span < LEAST) {
      this.low <<= 8n;
      this.span *= 256;
      this.size += 1;
    }
  }

  /** The fewest bytes that stand for the bits, and of those the smallest number. */
  bytes() {
    const end = this.low + BigInt(this.span);
    let [dropped, value] = [3, 0n]; // a multiple of LEAST is always inside
    for (let more = 3; more <= this.size; more++) {
      const unit = 1n << BigInt(8 * more);
      const multiple = (this.low + unit - 1n) / unit;
      if (multiple * unit >= end) break;
      [dropped, value] = [more, multiple];
    }
    const found = new Uint8Array(this.size - dropped);
    for (let i = found.length - 1; i >= 0; i--, value >>= 8n) found[i] = Number(value & 255n);
    return found;
  }

  /** How many of a code's first bytes decide the bits, whatever follows. */
  needed(code) {
    const end = this.low + BigInt(this.span);
    const at = (i) => BigInt(i < code.length ? code[i] : 0);
    let prefix = 0n;
    for (let length = 0; length < this.size; length++) {
      const unit = 1n << BigInt(8 * (this.size - length));
      if (prefix * unit >= this.low && (prefix + 1n) * unit <= end) return length;
      prefix = 256n * prefix + at(length);
    }
    return this.size;
  }
}

/**
 * Checks that a code is the one that an encoder makes of the bits read.
 *
 * ends: numbers of bits; returned is how many bytes of the code decide so many.
 */
export function checkCode(code, reader, ends = []) {
  const interval = new Interval();
  const found = [];
  reader.bits.forEach((bit, i) => {
    interval.add(bit, reader.chances[i]);
    for (const end of ends) if (end === i + 1) found.push(interval.needed(code));
  });
  const expected = interval.bytes();
  if (expected.length !== code.length || expected.some((byte, i) => byte !== code[i])) {
    throw new FormatError("code: no encoder writes these bytes; the code is damaged, get it again");
  }
  return found;
}

/** The chances of one code's bits, bit after bit; weights and means as a model's table has them. */
class Predictor {
  constructor(table) {
    this.table = table;
    this.weights = BigUint64Array.from(table.weights, (w) => BigInt(w) << 12n);
    this.bit = 0;
  }

  chance() {
    const { means, bits } = this.table;
    let [all, ones] = [0n, 0n];
    this.weights.forEach((w, c) => {
      all += w;
      ones += w * BigInt(means[c * bits + this.bit]);
    });
    return Number(ones / all);
  }

  learn(one) {
    const { means, bits } = this.table;
    let top = 0n;
    this.weights.forEach((w, c) => {
      const mean = means[c * bits + this.bit];
      this.weights[c] = w * BigInt(one ? mean : 65536 - mean);
      if (this.weights[c] > top) top = this.weights[c];
    });
    const shift = top < 1n << 36n ? 0n : top < 1n << 44n ? 8n : 16n;
    this.weights.forEach((w, c) => (this.weights[c] = w >> shift || 1n));
    this.bit += 1;
  }
}

const packed = (bits) => {
  const code = new Uint8Array(bits.length / 8);
  bits.forEach((bit, i) => (code[i >> 3] |= bit << (i & 7)));
  return code;
};

/** The code of `length` bytes of a single file that was coded with a table. */
export function decodeSingle(coded, length, table) {
  const reader = new BitReader(coded);
  const predictor = new Predictor(table);
  for (let i = 0; i < 8 * length; i++) predictor.learn(reader.read(predictor.chance()));
  checkCode(coded, reader);
  return packed(reader.bits);
}

/** The `count` codes of `length` bytes of a chunk that was coded with a table. */
export function decodeChunk(coded, count, length, table) {
  const wrong = (what) => new FormatError(`codes: ${what}; the file is damaged, get it again`);
  const lanes = Math.max(1, Math.min(128, Math.floor(count / 32)));
  if (coded.length < 4 * lanes || coded.length % 2) throw wrong("cut short");
  const view = new DataView(coded.buffer, coded.byteOffset, coded.byteLength);
  const states = Array.from({ length: lanes }, (_, lane) => view.getUint32(4 * lane, true));
  if (states.some((state) => state < 65536)) throw wrong("a state that no encoder writes");
  let at = 4 * lanes;
  const codes = [];
  for (let first = 0; first < count; first += lanes) {
    const group = Math.min(lanes, count - first);
    const predictors = Array.from({ length: group }, () => new Predictor(table));
    const bits = Array.from({ length: group }, () => []);
    for (let i = 0; i < 8 * length; i++) {
      for (let lane = 0; lane < group; lane++) {
        const chance = predictors[lane].chance();
        const rest = states[lane] % 65536;
        const one = rest < chance;
        const [width, start] = one ? [chance, 0] : [65536 - chance, chance];
        let state = width * Math.floor(states[lane] / 65536) + rest - start;
        if (state < 65536) {
          if (at === coded.length) throw wrong("cut short");
          state = 65536 * state + view.getUint16(at, true);
          at += 2;
        }
        states[lane] = state;
        predictors[lane].learn(one);
        bits[lane].push(one ? 1 : 0);
      }
    }
    codes.push(...bits.map(packed));
  }
  if (at !== coded.length || states.some((state) => state !== 65536)) throw wrong("not as an encoder ends");
  return codes;
}
