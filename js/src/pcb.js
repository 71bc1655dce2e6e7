// The .pcb file: codes, poses and metadata, checked to the last bit, without any network (formats/pcb-v1.md).

import { crc32, hex } from "./bytes.js";
import { decodeChunk, decodeSingle } from "./coder.js";
import { Checksum, FormatError, Limit, NotPcb, Truncated, UnsupportedVersion } from "./errors.js";
import { unpack } from "./msgpack.js";
import { unzstd } from "./zstd.js";

const MAGIC = [0x89, 0x50, 0x43, 0x42];
const HEADER = 16;
const MAX_METADATA = 16 * 2 ** 20;
const MAX_UNPACKED = 128 * 2 ** 20;
const STREAMED = 2n ** 64n - 1n;
const AGAIN = "get the file again";
const KINDS = ["none", "float32", "float64"];

/** What a .pcb file holds; see index.d.ts. */
export function readPcb(data, { models = [] } = {}) {
  const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
  const header = readHeader(bytes);
  const tools = { header, tables: new Map(models.map((model) => [model.id, model.table])) };
  return header.layout === "single" ? readSingle(bytes, tools) : readArchive(bytes, tools);
}

function readHeader(bytes) {
  if (MAGIC.some((byte, i) => i < bytes.length && bytes[i] !== byte)) {
    throw new NotPcb("not a .pcb file; make one with `pcbin encode`");
  }
  if (bytes.length < HEADER) throw new Truncated(`${bytes.length} bytes of a header of 16; ${AGAIN}`);
  const [major, minor] = [bytes[4], bytes[5]];
  if (major !== 1) {
    throw new UnsupportedVersion(`.pcb version ${major}.${minor}, this reader knows 1; take a newer one`);
  }
  const shape = bytes[6] | (bytes[7] << 8);
  const kind = (shape >> 10) & 3;
  const encoding = (shape >> 13) & 3;
  const archive = Boolean(shape & 0x200);
  const rotated = Boolean(shape & 0x8000);
  if (kind === 3 || encoding > (archive ? 0 : 1) || (rotated && !kind)) {
    throw new UnsupportedVersion(`.pcb version ${major}.${minor} with features that this reader does not know`);
  }
  return {
    version: [major, minor],
    layout: archive ? "archive" : "single",
    codeBytes: (shape & 0x1ff) + 1,
    poseKind: KINDS[kind],
    rotated,
    poseBytes: [0, 16, 28][kind] + (rotated ? 8 : 0),
    hasMetadata: Boolean(shape & 0x1000),
    entropy: encoding === 1,
    modelId: hex(bytes.subarray(8, 16)),
  };
}

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function result({ header }, metadata, clouds) {
  const { version, layout, poseKind, modelId } = header;
  return { version, layout, codeBits: 8 * header.codeBytes, poseKind, modelId, metadata, clouds };
}

// -- one cloud

function readSingle(bytes, tools) {
  const { header } = tools;
  let at = HEADER;
  const take = (length) => {
    if (at + length > bytes.length - 4) throw new Truncated(`the end of the file is missing; ${AGAIN}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const raw = header.entropy ? null : take(header.codeBytes);
  const pose = take(header.poseBytes);
  let [metadata, compressed] = [null, false];
  if (header.hasMetadata) {
    const word = viewOf(take(4)).getUint32(0, true);
    compressed = Boolean(word >>> 31);
    if ((word & 0x7fffffff) > MAX_METADATA) throw new Limit(`metadata above 16 MiB; ${AGAIN}`);
    metadata = take(word & 0x7fffffff);
  }
  const rest = bytes.subarray(at, bytes.length - 4);
  if (rest.length >= (header.entropy ? header.codeBytes : 1)) throw new FormatError(`bytes left over; ${AGAIN}`);
  checkCrc(bytes);
  const table = tools.tables.get(header.modelId);
  const coded = header.entropy && table ? decodeSingle(rest, header.codeBytes, table) : null;
  const cloud = {
    modelId: header.modelId,
    code: raw ? raw.slice() : coded,
    pose: readPose(pose, header),
    metadata: metadata && mapOf(compressed ? unzstd(metadata, MAX_METADATA) : metadata),
  };
  return result(tools, null, [cloud]);
}

/** The last 4 bytes are the CRC of what is before them. */
function checkCrc(bytes) {
  const end = bytes.length - 4;
  if (viewOf(bytes).getUint32(end, true) !== crc32(bytes.subarray(0, end))) {
    throw new Checksum(`the file is damaged; ${AGAIN}`);
  }
}

function mapOf(bytes) {
  const found = unpack(bytes);
  if (!isMap(found)) throw new FormatError(`metadata: not a map; ${AGAIN}`);
  return found;
}

const isMap = (value) => typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;

function readPose(bytes, { poseKind, rotated }) {
  if (poseKind === "none") return null;
  const view = viewOf(bytes);
  const wide = poseKind === "float64";
  const center = [0, 1, 2].map((i) => (wide ? view.getFloat64(8 * i, true) : view.getFloat32(4 * i, true)));
  const scale = view.getFloat32(wide ? 24 : 12, true);
  if (![...center, scale].every(Number.isFinite) || scale < 0) throw new FormatError(`pose: no place; ${AGAIN}`);
  if (!rotated) return { center, scale, rotation: null };
  const stored = [0, 1, 2, 3].map((i) => view.getInt16(bytes.length - 8 + 2 * i, true));
  const norm = Math.hypot(...stored);
  const first = stored[3] || stored.find((value) => value) || 0;
  if (!(norm >= 0.99 * 32767 && norm <= 1.01 * 32767) || first < 0) {
    throw new FormatError(`pose: no rotation; ${AGAIN}`);
  }
  return { center, scale, rotation: stored.map((value) => value / norm) };
}

// -- many clouds, read in order

function readArchive(bytes, tools) {
  if (bytes.length < 36) throw new Truncated(`the end of the file is missing; ${AGAIN}`);
  checkCrc(bytes.subarray(0, 36));
  const view = viewOf(bytes);
  const [committed, number] = [view.getBigUint64(16, true), view.getBigUint64(24, true)];
  const streamed = committed === STREAMED;
  if (streamed !== (number === STREAMED)) throw new FormatError(`half a commit record; ${AGAIN}`);
  if (!streamed && number > 2n ** 32n) throw new Limit(`${number} clouds; ${AGAIN}`);
  if (!streamed && committed > BigInt(bytes.length)) throw new Truncated(`the end of the file is missing; ${AGAIN}`);
  const end = streamed ? bytes.length : Number(committed);
  const wrong = (what) => new FormatError(`${what}; ${AGAIN}`);
  const clouds = [];
  const spent = { bytes: 0 };
  const chunks = []; // offset and count of each
  const indices = new Map([[0, 0]]); // offset of an INDX section -> how many chunks it and those before it list
  let [metadata, at, index, ended] = [null, 36, 0, false];
  while (at < end && !(streamed && ended)) {
    if (at + 16 > end) throw new Truncated(`the end of the file is missing; ${AGAIN}`);
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = Number(view.getBigUint64(at + 4, true));
    if (at + 16 + length > end) throw new Truncated(`the end of the file is missing; ${AGAIN}`);
    checkCrc(bytes.subarray(at, at + 16 + length));
    const body = bytes.subarray(at + 12, at + 12 + length);
    if ((type === "META") !== (tools.header.hasMetadata && at === 36)) throw wrong("metadata out of place");
    ended = type === "END ";
    if (type === "META") {
      if (length < 1 || length > MAX_METADATA + 1 || body[0] > 1) throw wrong("metadata: not as described");
      metadata = mapOf(body[0] ? unzstd(body.subarray(1), MAX_METADATA) : body.subarray(1));
    } else if (type === "CHNK") {
      spent.most = MAX_UNPACKED + 128 * (at + 16 + length);
      const found = readChunk(body, tools, spent);
      for (const cloud of found) clouds.push(cloud);
      chunks.push([at, found.length]);
    } else if (type === "INDX") {
      index = at;
      indices.set(at, listed(body, indices, chunks, wrong));
    } else if (ended) {
      const last = viewOf(body);
      if (!index || length !== 16 || Number(last.getBigUint64(0, true)) !== index || indices.get(index) !== chunks.length) {
        throw wrong("an END without an index of all chunks");
      }
      if (last.getBigUint64(8, true) !== BigInt(clouds.length)) throw wrong("another number of clouds than said");
    } else if (!/^[a-z]/.test(type)) {
      throw new UnsupportedVersion(`a section ${type} that this reader does not know; take a newer one`);
    }
    at += 16 + length;
  }
  if (!ended || (streamed ? at !== bytes.length : number !== BigInt(clouds.length))) {
    throw streamed && ended ? wrong("bytes left over") : new Truncated(`no END where the archive ends; ${AGAIN}`);
  }
  return result(tools, metadata, clouds);
}

/** How many chunks are listed with an INDX section: those of the one before it, and the next ones seen. */
function listed(body, indices, chunks, wrong) {
  if (body.length < 12) throw wrong("an index cut short");
  const view = viewOf(body);
  const before = indices.get(Number(view.getBigUint64(0, true)));
  const number = view.getUint32(8, true);
  if (before === undefined || body.length !== 12 + 12 * number) throw wrong("an index that is not as described");
  for (let i = 0; i < number; i++) {
    const [offset, count] = [Number(view.getBigUint64(12 + 12 * i, true)), view.getUint32(20 + 12 * i, true)];
    const chunk = chunks[before + i];
    if (!chunk || chunk[0] !== offset || chunk[1] !== count) throw wrong("an index of other chunks than there are");
  }
  return before + number;
}

function readChunk(body, tools, spent) {
  const { header } = tools;
  const wrong = (what) => new FormatError(`chunk: ${what}; ${AGAIN}`);
  if (body.length < 5) throw wrong("cut short");
  const view = viewOf(body);
  const [count, number] = [view.getUint32(0, true), body[4]];
  if (number > 4) throw new UnsupportedVersion(`a chunk of ${number} columns; take a newer reader`);
  if (count < 1 || count > 65536 || number < 1 || body.length < 5 + 6 * number) throw wrong("not as described");
  let at = 5 + 6 * number;
  const columns = new Map();
  for (let i = 0; i < number; i++) {
    const [kind, encoding] = [body[5 + 6 * i], body[6 + 6 * i]];
    const length = view.getUint32(7 + 6 * i, true);
    if (kind < 1 || kind > 4 || encoding > (kind === 1 ? 4 : 1)) {
      throw new UnsupportedVersion("a column that this reader does not know; take a newer one");
    }
    if ([...columns.keys()].some((before) => before >= kind)) throw wrong("columns out of order");
    columns.set(kind, { encoding, bytes: body.subarray(at, at + length) });
    at += length;
  }
  if (at !== body.length || !columns.has(1)) throw wrong("not as described");
  if (columns.has(2) !== header.poseBytes > 0) throw wrong("poses where there are none, or none");
  const mixed = columns.has(4) || columns.get(1).encoding === 4;
  if (mixed && header.version[1] === 0) throw wrong("codes that differ, in a file of version 1.0");
  spent.bytes += count * Math.max(128, header.codeBytes + header.poseBytes);
  if (spent.bytes > spent.most) throw new Limit(`codes that unpack to more than the file allows; ${AGAIN}`);

  const unpacked = (kind, size, limit = size) => {
    const { encoding, bytes } = columns.get(kind);
    const found = encoding ? unzstd(bytes, limit) : bytes;
    if (size !== undefined && found.length !== size) throw wrong("a column of another length");
    return found;
  };
  const codes = readCodes(columns.get(1), count, tools, unpacked, wrong);
  const models = columns.has(4) ? readModels(unpacked(4, undefined, 2041 + count), count, wrong) : null;
  const poses = columns.has(2) ? unpacked(2, count * header.poseBytes) : null;
  const metadata = columns.has(3) ? unpack(unpacked(3, undefined, MAX_METADATA)) : null;
  if (metadata && !(Array.isArray(metadata) && metadata.length === count)) throw wrong("metadata of other clouds");
  if (metadata && !metadata.every((one) => one === null || isMap(one))) throw wrong("metadata that is no map");
  return codes.map((code, i) => ({
    modelId: models ? models[i] : header.modelId,
    code,
    pose: readPose(poses?.subarray(i * header.poseBytes, (i + 1) * header.poseBytes), header),
    metadata: metadata ? metadata[i] : null,
  }));
}

/** The codes of a chunk; null for each that only its model's table can tell. */
function readCodes({ encoding, bytes }, count, tools, unpacked, wrong) {
  const { codeBytes, modelId } = tools.header;
  const size = count * codeBytes;
  const split = (raw) =>
    Array.from({ length: count }, (_, i) => raw.slice(i * codeBytes, (i + 1) * codeBytes));
  if (encoding < 2) return split(unpacked(1, size));
  if (encoding === 2) {
    const plane = Math.ceil(count / 8);
    const planes = unzstd(bytes, 8 * codeBytes * plane);
    if (planes.length !== 8 * codeBytes * plane) throw wrong("a column of another length");
    const raw = new Uint8Array(size);
    for (let i = 0; i < 8 * codeBytes; i++) {
      for (let j = 0; j < 8 * plane; j++) {
        const bit = (planes[i * plane + (j >> 3)] >> (j & 7)) & 1;
        if (bit && j >= count) throw wrong("bits after the last cloud");
        if (bit) raw[j * codeBytes + (i >> 3)] |= 1 << (i & 7);
      }
    }
    return split(raw);
  }
  if (encoding === 3) {
    if (size > 4 * (bytes.length + 128)) throw new Limit(`more codes than so few bytes may hold; ${AGAIN}`);
    const table = tools.tables.get(modelId);
    return table ? decodeChunk(bytes, count, codeBytes, table) : Array(count).fill(null);
  }
  if (bytes.length < 2 * count) throw wrong("cut short");
  let at = 2 * count;
  const codes = Array.from({ length: count }, (_, i) => {
    const length = viewOf(bytes).getUint16(2 * i, true);
    if (length < 1 || length > codeBytes) throw wrong("a code of an impossible length");
    at += length;
    return bytes.slice(at - length, at);
  });
  if (at !== bytes.length) throw wrong("codes of another length");
  return codes;
}

function readModels(raw, count, wrong) {
  const number = raw[0];
  if (!number || raw.length !== 1 + 8 * number + count) throw wrong("models: not as described");
  const ids = Array.from({ length: number }, (_, i) => hex(raw.subarray(1 + 8 * i, 9 + 8 * i)));
  return Array.from(raw.subarray(1 + 8 * number), (which) => {
    if (which >= number) throw wrong("a code of no model");
    return ids[which];
  });
}

/** Points in their place: (R x) * scale + center, as 64-bit floats. Without a pose they stay where they are. */
export function place(points, pose) {
  const placed = Float64Array.from(points);
  if (!pose) return placed;
  const { center, scale, rotation } = pose;
  const [x, y, z, w] = rotation ?? [0, 0, 0, 1];
  const turn = [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
  for (let i = 0; i < placed.length; i += 3) {
    const [a, b, c] = placed.subarray(i, i + 3);
    turn.forEach((row, axis) => {
      placed[i + axis] = (row[0] * a + row[1] * b + row[2] * c) * scale + center[axis];
    });
  }
  return placed;
}
