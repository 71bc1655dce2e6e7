// Frozen models: one safetensors file, checked against its SHA-256 (formats/model-v1.md).

import { Sha256, half, hex, unpackBits } from "./bytes.js";
import { Cells } from "./cells.js";
import { FormatError, PcbinError, UnsupportedVersion, WeightsCorrupt } from "./errors.js";
import { checkLayers, forward } from "./layers.js";

const MAX_HEADER = 4 * 2 ** 20;
const BYTES = { F16: 2, F32: 4, I8: 1, U8: 1, U16: 2, U32: 4 };
const NAME = /^[A-Za-z0-9_./-]+$/;
const utf8 = new TextEncoder();

/** A frozen model; see index.d.ts. */
export class Model {
  /** data: the bytes of a model file. */
  constructor(data) {
    const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
    try {
      this.#read(bytes);
    } catch (error) {
      if (error instanceof PcbinError) throw error;
      corrupt(`not as the format asks for (${error.message})`); // a document of other keys or types
    }
  }

  #read(bytes) {
    const { metadata, tensors } = readTensors(bytes);
    const sha256 = identity(metadata["pcbin.model"], tensors);
    if (sha256 !== metadata["pcbin.sha256"]) corrupt("the weights do not match their SHA-256");
    this.sha256 = sha256;
    this.id = sha256.slice(0, 16);
    this.document = parsed(metadata["pcbin.model"]);
    this.info = infoOf(metadata);
    this.tensors = new Map([...tensors].map(([name, tensor]) => [name, widened(tensor)]));
    this.tensors.forEach((scale, name) => {
      if (name.endsWith("/scale")) scaleRows(this.tensors.get(name.replace(/scale$/, "weight")), scale);
    });
    this.#check();
  }

  get name() {
    return typeof this.info.name === "string" ? this.info.name : "unnamed";
  }

  get bits() {
    return this.document.bits;
  }

  /** "cells", "global" or "image". */
  get kind() {
    const { normalisation } = this.document;
    return { cells: "cells", "unit-diagonal": "global" }[normalisation] ?? "image";
  }

  /** Points that come out; 0 for a model of images. */
  get points() {
    return this.document.points ?? 0;
  }

  /** The fewest bits of a code; `bits` where prefixes of a code are no codes. */
  get shortest() {
    return this.kind === "global" ? (this.document.nested?.shortest ?? this.bits) : this.bits;
  }

  /** The (C,) weights and (C, K) means that codes are entropy coded with, or undefined. */
  get table() {
    if (!this.document.entropy) return undefined;
    const [weights, means] = ["weights", "means"].map((name) => this.tensors.get(`entropy/${name}`).data);
    return { weights, means, bits: this.bits };
  }

  /**
   * (3 n) numbers, x, y, z of one normalised point after another, or the pixels of an image, row after row.
   *
   * code: as a file holds it, or the first bytes of a nested one.
   */
  decode(code, points = this.points) {
    if (this.cells) return this.cells.points(this.cells.decode(code), points);
    const bits = 8 * code.length;
    if (bits > this.bits || bits < this.shortest) {
      throw new FormatError(`code: ${bits} bits, ${this.name} has ${this.shortest} to ${this.bits}`);
    }
    const [low, high] = this.document.bit_values;
    const x = new Float32Array(this.bits);
    unpackBits(code).forEach((bit, i) => (x[i] = bit ? high : low));
    const found = forward(this.document.decoder, this.tensors, x);
    if (!found.every(Number.isFinite)) corrupt("it gives numbers that are not finite");
    return found;
  }

  #check() {
    const { bits, normalisation, points, decoder, bit_values: values, image } = this.document;
    if (!["cells", "unit-diagonal", "pixels"].includes(normalisation)) {
      throw new UnsupportedVersion(`model: the normalisation ${normalisation}; take a newer reader`);
    }
    if (!Number.isInteger(bits) || bits % 8 || bits < 8 || bits > 4096) corrupt(`codes of ${bits} bits`);
    if (normalisation === "cells" && typeof this.document.cells !== "object") corrupt("no sizes of its networks");
    this.cells = normalisation === "cells" ? new Cells(this.document.cells, this.tensors) : null;
    if (this.cells) return;
    if (!Array.isArray(values) || values.length !== 2 || !values.every(Number.isFinite)) corrupt("no values of bits");
    const outputs = normalisation === "pixels" ? image[0] * image[1] : 3 * points;
    if (checkLayers(decoder, this.tensors, bits) !== outputs) corrupt("its decoder gives another number of points");
    if (this.document.entropy) this.#checkTable();
  }

  #checkTable() {
    const { components } = this.document.entropy;
    const [weights, means] = ["weights", "means"].map((name) => this.tensors.get(`entropy/${name}`));
    if (weights?.dtype !== "U32" || means?.dtype !== "U16") corrupt("no entropy table");
    if (weights.shape.join() !== `${components}` || means.shape.join() !== `${components},${this.bits}`) {
      corrupt("an entropy table of another shape");
    }
    const sum = weights.data.reduce((total, weight) => total + weight, 0);
    if (sum !== 2 ** 24 || !weights.data.every(Boolean) || !means.data.every(Boolean)) corrupt("a wrong entropy table");
  }
}

function corrupt(what) {
  throw new WeightsCorrupt(`model: ${what}; get the file again`);
}

function parsed(text) {
  try {
    const found = JSON.parse(text);
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found;
  } catch {
    // said below
  }
  return corrupt("not a frozen pcbin model");
}

/** For people: it decides nothing, so a damaged one is left out. */
function infoOf(metadata) {
  const text = metadata["pcbin.info"];
  if (typeof text !== "string") return corrupt("no info document");
  if (hex(new Sha256().update(utf8.encode(text)).digest()) !== metadata["pcbin.info_sha256"]) {
    corrupt("its info document was changed");
  }
  return parsed(text);
}

/** The documents of a file and the raw tensors by name. */
function readTensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > bytes.length) corrupt("not a frozen pcbin model");
  const header = parsed(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const { __metadata__: metadata, ...entries } = header;
  if (typeof metadata?.["pcbin.model"] !== "string") corrupt("not a frozen pcbin model");
  if (metadata["pcbin.format"] !== "1") {
    throw new UnsupportedVersion(`model format ${metadata["pcbin.format"]}, this reader knows 1; take a newer one`);
  }
  const tensors = new Map();
  let end = 0;
  const start = 8 + length;
  const sorted = Object.entries(entries).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  for (const [name, { dtype, shape, data_offsets: [begin, stop] }] of sorted) {
    const size = shape.reduce((product, n) => product * n, BYTES[dtype] ?? NaN);
    if (!NAME.test(name) || begin !== end || stop - begin !== size || start + stop > bytes.length) {
      corrupt(`the tensor ${name.slice(0, 40)} does not lie where the header says`);
    }
    tensors.set(name, { dtype, shape, bytes: bytes.subarray(start + begin, start + stop) });
    end = stop;
  }
  if (start + end !== bytes.length) corrupt("bytes after the last tensor");
  return { metadata, tensors };
}

/** The SHA-256 that names a model, in hex. */
function identity(document, tensors) {
  const digest = new Sha256().update(utf8.encode(document));
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape, bytes } = tensors.get(name);
    digest.update(utf8.encode(`\0${name}\0${dtype}\0${shape.join()}\0`)).update(bytes);
  }
  return hex(digest.digest());
}

/** The numbers of a tensor in a typed array; halves become 32-bit floats. */
function widened({ dtype, shape, bytes }) {
  const copy = bytes.slice().buffer; // aligned
  const data = {
    F16: () => Float32Array.from(new Uint16Array(copy), half),
    F32: () => new Float32Array(copy),
    I8: () => new Int8Array(copy),
    U8: () => new Uint8Array(copy),
    U16: () => new Uint16Array(copy),
    U32: () => new Uint32Array(copy),
  }[dtype]();
  return { dtype, shape, data };
}

/** Weights that are bytes become floats: each row times its scale. */
function scaleRows(weight, scale) {
  const [rows, inputs] = weight?.shape ?? [];
  if (weight?.dtype !== "I8" || scale.shape.join() !== `${rows}`) corrupt("scales of no weights");
  const found = new Float32Array(rows * inputs);
  for (let i = 0; i < found.length; i++) found[i] = weight.data[i] * scale.data[Math.floor(i / inputs)];
  weight.data = found;
}
