// Metadata: a msgpack map with string keys, within the limits of formats/pcb-v1.md, section 1.

import { FormatError, Limit } from "./errors.js";

const MAX_IN_ONE = 65536;
const MAX_ELEMENTS = 2 ** 20;
const MAX_DEEP = 64;

/** The value that bytes hold; maps become objects without prototype, large integers BigInt. */
export function unpack(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new FormatError("metadata: bytes left over; get the file again");
  return value;
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
    this.elements = 0;
    this.containers = 0;
  }

  take(length) {
    if (this.at + length > this.bytes.length) throw new FormatError("metadata: cut short; get the file again");
    this.at += length;
    return this.at - length;
  }

  unsigned(size) {
    const at = this.take(size);
    if (size === 1) return this.view.getUint8(at);
    return size === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  wide(signed) {
    const at = this.take(8);
    const value = signed ? this.view.getBigInt64(at) : this.view.getBigUint64(at);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length) {
    const at = this.take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        this.bytes.subarray(at, at + length),
      );
    } catch {
      throw new FormatError("metadata: text that is not UTF-8; get the file again");
    }
  }

  enter(count, each, depth) {
    this.elements += each * count;
    this.containers += 1;
    const many = this.elements > MAX_ELEMENTS || this.containers > MAX_ELEMENTS;
    if (count > MAX_IN_ONE || many || depth >= MAX_DEEP) {
      throw new Limit("metadata: more than the format allows; write the file with less of it");
    }
  }

  array(count, depth) {
    this.enter(count, 1, depth);
    const found = [];
    for (let i = 0; i < count; i++) found.push(this.value(depth + 1));
    return found;
  }

  map(count, depth) {
    this.enter(count, 2, depth);
    const found = Object.create(null);
    for (let i = 0; i < count; i++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string") throw new FormatError("metadata: a key that is no text; get the file again");
      found[key] = this.value(depth + 1);
    }
    return found;
  }

  value(depth) {
    const type = this.unsigned(1);
    if (type < 0x80) return type;
    if (type < 0x90) return this.map(type & 15, depth);
    if (type < 0xa0) return this.array(type & 15, depth);
    if (type < 0xc0) return this.text(type & 31);
    if (type >= 0xe0) return type - 256;
    switch (type) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: case 0xc5: case 0xc6: {
        const length = this.unsigned(1 << (type - 0xc4));
        const at = this.take(length);
        return this.bytes.slice(at, at + length);
      }
      case 0xca: return this.view.getFloat32(this.take(4));
      case 0xcb: return this.view.getFloat64(this.take(8));
      case 0xcc: case 0xcd: case 0xce: return this.unsigned(1 << (type - 0xcc));
      case 0xcf: return this.wide(false);
      case 0xd0: return this.view.getInt8(this.take(1));
      case 0xd1: return this.view.getInt16(this.take(2));
      case 0xd2: return this.view.getInt32(this.take(4));
      case 0xd3: return this.wide(true);
      case 0xd9: case 0xda: case 0xdb: return this.text(this.unsigned(1 << (type - 0xd9)));
      case 0xdc: case 0xdd: return this.array(this.unsigned(type === 0xdc ? 2 : 4), depth);
      case 0xde: case 0xdf: return this.map(this.unsigned(type === 0xde ? 2 : 4), depth);
      default: throw new FormatError("metadata: a type that is not allowed; get the file again");
    }
  }
}
