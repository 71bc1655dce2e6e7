// Unpacks one zstd frame (RFC 8878) that declares its size and needs no dictionary, as .pcb files have them.
// Its own checksum is not looked at: the CRC-32 of the file covers it.

import { FormatError, Limit } from "./errors.js";

const MAX_BLOCK = 128 * 1024;
const log2 = (value) => 31 - Math.clz32(value);

function wrong(what) {
  throw new FormatError(`compressed data: ${what}; get the file again`);
}

/** Baselines and extra bits of codes: the first `plain` are what they say, then lists of extra bits. */
function codesFrom(first, plain, extra) {
  const found = Array.from({ length: plain }, (_, code) => [first + code, 0]);
  let next = first + plain;
  for (const bits of extra) {
    found.push([next, bits]);
    next += 2 ** bits;
  }
  return found;
}

const KINDS = {
  literals: {
    most: 9,
    codes: codesFrom(0, 16, [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    usual: [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
      -1, -1, -1, -1],
    accuracy: 6,
  },
  offsets: {
    most: 8,
    codes: Array.from({ length: 32 }, (_, code) => [2 ** code, code]),
    usual: [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    accuracy: 5,
  },
  matches: {
    most: 9,
    codes: codesFrom(3, 32, [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    usual: [1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array(37).fill(1), -1, -1, -1, -1, -1, -1, -1],
    accuracy: 6,
  },
};

/** What a frame holds, at most `limit` bytes. */
export function unzstd(frame, limit) {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 9 || view.getUint32(0, true) !== 0xfd2fb528) wrong("not a zstd frame");
  const descriptor = frame[4];
  const [single, kind] = [Boolean(descriptor & 0x20), descriptor >> 6];
  if (descriptor & 0xb || (!kind && !single)) wrong("a frame of another kind than .pcb files have");
  let at = single ? 5 : 6;
  if (frame.length < at + (1 << kind)) wrong("cut short");
  const sizes = [
    () => frame[at],
    () => view.getUint16(at, true) + 256,
    () => view.getUint32(at, true),
    () => Number(view.getBigUint64(at, true)),
  ];
  const size = sizes[kind]();
  if (size > limit) throw new Limit(`compressed data of ${size} bytes; get the file again`);
  at += 1 << kind;
  const end = frame.length - (descriptor & 4 ? 4 : 0);
  const out = new Output(size);
  for (let last = false; !last; ) {
    if (at + 3 > end) wrong("cut short");
    const header = frame[at] | (frame[at + 1] << 8) | (frame[at + 2] << 16);
    const [type, length] = [(header >> 1) & 3, header >> 3];
    last = Boolean(header & 1);
    at += 3;
    const stored = type === 1 ? 1 : length;
    if (type === 3 || length > MAX_BLOCK || at + stored > end) wrong("a block of no kind");
    const body = frame.subarray(at, at + stored);
    at += stored;
    if (type === 0) out.put(body);
    else if (type === 1) out.put(new Uint8Array(length).fill(body[0]));
    else out.unpack(body);
  }
  if (at !== end || out.at !== size) wrong("another length than declared");
  return out.bytes;
}

class Output {
  constructor(size) {
    this.bytes = new Uint8Array(size);
    this.at = 0;
    this.repeated = [1, 4, 8];
    this.huffman = null;
    this.tables = {};
  }

  put(bytes) {
    if (this.at + bytes.length > this.bytes.length) wrong("longer than declared");
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A compressed block: literals, then which of them and of what is there already follow each other. */
  unpack(body) {
    const { literals, rest } = this.#literals(body);
    const [first, second, third] = rest;
    let [count, at] = [first, 1];
    if (first === undefined) wrong("cut short");
    if (first >= 128) [count, at] = first < 255 ? [((first - 128) << 8) + second, 2] : [second + (third << 8) + 0x7f00, 3];
    let used = 0;
    if (count) used = this.#sequences(rest.subarray(at), count, literals);
    else if (at !== rest.length) wrong("bytes left over");
    this.put(literals.subarray(used));
  }

  #literals(body) {
    const type = body[0] & 3;
    const format = (body[0] >> 2) & 3;
    if (type < 2) {
      const bytes = [1, 2, 1, 3][format];
      if (body.length < bytes) wrong("cut short");
      const size = bytes === 1 ? body[0] >> 3 : (body[0] >> 4) | (body[1] << 4) | (bytes === 3 ? body[2] << 12 : 0);
      const stored = type ? 1 : size;
      if (size > MAX_BLOCK || bytes + stored > body.length) wrong("cut short");
      const kept = body.subarray(bytes, bytes + stored);
      return { literals: type ? new Uint8Array(size).fill(kept[0]) : kept, rest: body.subarray(bytes + stored) };
    }
    const [bytes, bits] = [[3, 10], [3, 10], [4, 14], [5, 18]][format];
    if (body.length < bytes) wrong("cut short");
    let value = 0;
    for (let i = bytes - 1; i >= 0; i--) value = 256 * value + body[i];
    const size = Math.floor(value / 16) % 2 ** bits;
    const stored = Math.floor(value / 2 ** (4 + bits));
    if (size > MAX_BLOCK || bytes + stored > body.length) wrong("cut short");
    let packed = body.subarray(bytes, bytes + stored);
    if (type === 2) {
      const { table, used } = readHuffman(packed);
      this.huffman = table;
      packed = packed.subarray(used);
    }
    if (!this.huffman) wrong("literals without a table");
    const literals = new Uint8Array(size);
    if (format === 0) {
      this.huffman.decode(packed, literals);
    } else {
      if (packed.length < 6) wrong("cut short");
      const each = (size + 3) >> 2;
      const ends = [0, 2, 4].map((i) => packed[i] | (packed[i + 1] << 8));
      let from = 6;
      for (let i = 0; i < 4; i++) {
        const to = i < 3 ? from + ends[i] : packed.length;
        if (to > packed.length || 3 * each > size) wrong("cut short");
        this.huffman.decode(packed.subarray(from, to), literals.subarray(i * each, i < 3 ? (i + 1) * each : size));
        from = to;
      }
    }
    return { literals, rest: body.subarray(bytes + stored) };
  }

  /** Returns how many literals were used. */
  #sequences(body, count, literals) {
    if (!body.length || body[0] & 3) wrong("sequences of no kind");
    let at = 1;
    for (const [i, name] of ["literals", "offsets", "matches"].entries()) {
      const mode = (body[0] >> (6 - 2 * i)) & 3;
      const { most, usual, accuracy } = KINDS[name];
      if (mode === 0) this.tables[name] = new Fse(usual, accuracy);
      if (mode === 1) this.tables[name] = Fse.always(body[at++]);
      if (mode === 2) {
        const { table, used } = readFse(body.subarray(at), most);
        this.tables[name] = table;
        at += used;
      }
      if (!this.tables[name]) wrong("sequences without a table");
    }
    const bits = new BackwardBits(body.subarray(at));
    const states = Object.fromEntries(
      ["literals", "offsets", "matches"].map((name) => [name, bits.read(this.tables[name].accuracy)]),
    );
    const valueOf = (name) => {
      const code = KINDS[name].codes[this.tables[name].symbols[states[name]]];
      if (!code) wrong("a code that there is none of");
      return code[0] + bits.read(code[1]);
    };
    let used = 0;
    for (let i = 0; i < count; i++) {
      const offset = valueOf("offsets");
      const match = valueOf("matches");
      const length = valueOf("literals");
      if (used + length > literals.length) wrong("more literals than there are");
      this.put(literals.subarray(used, used + length));
      used += length;
      this.#copy(this.#distance(offset, length), match);
      if (i + 1 < count) {
        for (const name of ["literals", "matches", "offsets"]) states[name] = this.tables[name].next(states[name], bits);
      }
    }
    if (bits.left !== 0) wrong("bits left over");
    return used;
  }

  /** The last three distances are told by number. */
  #distance(offset, length) {
    const old = this.repeated;
    if (offset > 3) {
      this.repeated = [offset - 3, old[0], old[1]];
      return offset - 3;
    }
    const which = offset - 1 + (length ? 0 : 1);
    const distance = which < 3 ? old[which] : old[0] - 1;
    if (which === 1) this.repeated = [distance, old[0], old[2]];
    if (which > 1) this.repeated = [distance, old[0], old[1]];
    return distance;
  }

  #copy(distance, length) {
    if (distance < 1 || distance > this.at || this.at + length > this.bytes.length) wrong("a copy of nothing");
    for (let i = 0; i < length; i++, this.at++) this.bytes[this.at] = this.bytes[this.at - distance];
  }
}

/** Bits from the end to the beginning; those before the beginning are 0. */
class BackwardBits {
  constructor(bytes) {
    const last = bytes[bytes.length - 1];
    if (!last) wrong("a stream without an end");
    this.bytes = bytes;
    this.left = 8 * (bytes.length - 1) + log2(last);
  }

  /** Up to 32 bits; the value as if there were `count` of them. */
  read(count) {
    this.left -= count;
    return this.peek(count, this.left);
  }

  peek(count, from) {
    const first = Math.floor(from / 8);
    let value = 0;
    for (let byte = Math.floor((from + count - 1) / 8); byte >= first; byte--) {
      value = 256 * value + (byte < 0 ? 0 : this.bytes[byte] ?? 0);
    }
    return count ? Math.floor(value / 2 ** (from - 8 * first)) % 2 ** count : 0;
  }
}

/** A table of finite-state entropy coding, from how often each symbol is. */
class Fse {
  constructor(shares, accuracy) {
    const size = 1 << accuracy;
    this.accuracy = accuracy;
    this.symbols = new Uint8Array(size);
    this.bits = new Uint8Array(size);
    this.bases = new Uint16Array(size);
    let high = size - 1;
    const next = shares.map((share) => Math.abs(share));
    shares.forEach((share, symbol) => {
      if (share === -1) this.symbols[high--] = symbol;
    });
    let place = 0;
    shares.forEach((share, symbol) => {
      for (let i = 0; i < share; i++) {
        this.symbols[place] = symbol;
        do place = (place + (size >> 1) + (size >> 3) + 3) & (size - 1);
        while (place > high);
      }
    });
    for (let i = 0; i < size; i++) {
      const state = next[this.symbols[i]]++;
      this.bits[i] = accuracy - log2(state);
      this.bases[i] = (state << this.bits[i]) - size;
    }
  }

  static always(symbol) {
    const found = new Fse([1], 0);
    found.symbols[0] = symbol;
    return found;
  }

  next(state, bits) {
    return this.bases[state] + bits.read(this.bits[state]);
  }
}

/** A table as it is stored, and how many bytes it takes. */
function readFse(bytes, most) {
  let at = 0; // in bits
  const read = (count) => {
    let value = 0;
    for (let i = 0; i < count; i++) value |= (((bytes[(at + i) >> 3] ?? 0) >> ((at + i) & 7)) & 1) << i;
    at += count;
    return value;
  };
  const accuracy = read(4) + 5;
  if (accuracy > most) wrong("a table beyond its bounds");
  const shares = [];
  let remaining = 1 << accuracy;
  while (remaining > 0) {
    const width = log2(remaining + 1) + 1;
    const low = (1 << (width - 1)) - 1;
    const spare = (1 << width) - 2 - remaining;
    let value = read(width);
    if ((value & low) < spare) {
      at -= 1;
      value &= low;
    } else if (value > low) {
      value -= spare;
    }
    shares.push(value - 1);
    remaining -= Math.abs(value - 1);
    if (value === 1) {
      let more = 3;
      while (more === 3) {
        more = read(2);
        for (let i = 0; i < more; i++) shares.push(0);
      }
    }
    if (shares.length > 256) wrong("a table beyond its bounds");
  }
  const used = (at + 7) >> 3;
  if (remaining < 0 || used > bytes.length) wrong("a table that does not add up");
  return { table: new Fse(shares, accuracy), used };
}

/** A Huffman code, from the weights of its symbols. */
class Huffman {
  constructor(weights) {
    const sum = weights.reduce((total, weight) => total + (weight ? 2 ** (weight - 1) : 0), 0);
    if (!sum || sum >= 2 ** 11) wrong("a Huffman code beyond its bounds");
    this.most = log2(sum) + 1;
    const left = 2 ** this.most - sum;
    if (left & (left - 1)) wrong("a Huffman code that does not add up");
    const all = [...weights, log2(left) + 1]; // the last one fills it up
    this.symbols = new Uint8Array(2 ** this.most);
    this.bits = new Uint8Array(2 ** this.most);
    let at = 0;
    for (let weight = 1; weight <= this.most; weight++) {
      all.forEach((own, symbol) => {
        if (own !== weight) return;
        this.symbols.fill(symbol, at, at + 2 ** (weight - 1));
        this.bits.fill(this.most + 1 - weight, at, at + 2 ** (weight - 1));
        at += 2 ** (weight - 1);
      });
    }
    if (at !== 2 ** this.most) wrong("a Huffman code that does not add up");
  }

  /** Fills `out` with the symbols of one stream. */
  decode(bytes, out) {
    const bits = new BackwardBits(bytes);
    for (let i = 0; i < out.length; i++) {
      const entry = bits.peek(this.most, bits.left - this.most);
      out[i] = this.symbols[entry];
      bits.left -= this.bits[entry];
    }
    if (bits.left !== 0) wrong("bits left over");
  }
}

/** A Huffman code as it is stored, and how many bytes it takes. */
function readHuffman(bytes) {
  const first = bytes[0];
  if (first === undefined) wrong("cut short");
  const weights = [];
  if (first >= 128) {
    const used = 1 + ((first - 126) >> 1);
    if (used > bytes.length) wrong("cut short");
    for (let i = 0; i < first - 127; i++) weights.push((bytes[1 + (i >> 1)] >> (i & 1 ? 0 : 4)) & 15);
    return { table: new Huffman(weights), used };
  }
  const body = bytes.subarray(1, 1 + first);
  const { table, used } = readFse(body, 6);
  const bits = new BackwardBits(body.subarray(used));
  const states = [bits.read(table.accuracy), bits.read(table.accuracy)];
  for (let turn = 0; ; turn = 1 - turn) {
    // two states take turns; the one that finds no bits left ends it, and the other tells one more
    weights.push(table.symbols[states[turn]]);
    states[turn] = table.next(states[turn], bits);
    if (weights.length > 254) wrong("a Huffman code beyond its bounds");
    if (bits.left < 0) {
      weights.push(table.symbols[states[1 - turn]]);
      return { table: new Huffman(weights), used: 1 + first };
    }
  }
}
