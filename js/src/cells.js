// Cell codes: from the bytes to cells in whole numbers, and from cells to points (formats/cells-v1.md).

import { BitReader, checkCode } from "./coder.js";
import { FormatError, WeightsCorrupt } from "./errors.js";
import { linear } from "./layers.js";

const EVEN = 32768;
const HEADER_BITS = 10;
const MAX_CELLS = 16384;
const OF_PARENT = 276;
const OF_CHILD = 152;
const OF_CELL = 273;
const LARGEST = 352;
const REACH = 1.25;

/** One of the grids of section 1; y and z in cells. */
class Grid {
  constructor(step, y, z) {
    this.step = step;
    this.y = y;
    this.z = z;
    this.cells = 4 * 2 ** (step / 16);
    this.levels = 2 + Math.ceil(step / 16);
  }

  /** The grid whose finest cells are those of a level; null where no grid is so coarse. */
  at(level) {
    const up = this.levels - level;
    const step = this.step - 16 * up;
    return step < 0 ? null : new Grid(step, this.y / 2 ** up, this.z / 2 ** up);
  }
}

/** The networks of a model of cell codes. */
export class Cells {
  constructor(document, tensors) {
    this.tensors = tensors;
    this.context = new Context(document, tensors);
    const rows = [document.placement, document.placement, document.placement, 3 * document.most + 1];
    ["first", "second", "third", "last"].forEach((name, i) => {
      const inputs = i ? document.placement : OF_CELL;
      needTensor(tensors, `placement/${name}/weight`, [rows[i], inputs]);
      needTensor(tensors, `placement/${name}/bias`, [rows[i]]);
      for (const part of ["weight", "bias"]) {
        const { data } = tensors.get(`placement/${name}/${part}`);
        if (!(data instanceof Float32Array && data.every(Number.isFinite))) wrong(`placement/${name}/${part}`);
      }
    });
    this.most = document.most;
  }

  /** The grid, and of each level its (n, 3) cells and how many bytes of the code decide them. */
  decode(code) {
    let end = code.length;
    while (end && !code[end - 1]) end -= 1;
    const own = code.subarray(0, end);
    const reader = new BitReader(own);
    const number = (bits) => {
      let value = 0;
      for (let place = 0; place < bits; place++) value |= reader.read(EVEN) << place;
      return value;
    };
    const step = number(6);
    const [y, z] = [number(2) / 4, number(2) / 4];
    const grid = new Grid(step, y, z);
    const levels = [new Int32Array(3)];
    const ends = [HEADER_BITS];
    let above = null;
    for (let l = 0; l < grid.levels; l++) {
      const level = new Level(levels[l], l, above, grid);
      this.context.decode(level, reader);
      levels.push(level.next());
      if (levels[l + 1].length > 3 * MAX_CELLS) {
        throw new FormatError(`code: more than ${MAX_CELLS} cells; it is not valid, get it again`);
      }
      ends.push(reader.bits.length);
      above = level;
    }
    const unique = [...new Set(ends)];
    const needed = checkCode(own, reader, unique);
    return {
      grid,
      levels: levels.map((cells, l) => ({
        cells,
        bytes: Math.max(1, Math.min(code.length, needed[unique.indexOf(ends[l])])),
      })),
    };
  }

  /** At most `count` points of what `decode` gave, as (3 n) numbers; level: one that `grid.at` has. */
  points({ grid: finest, levels }, count, level = finest.levels) {
    const { cells } = levels[level];
    const grid = finest.at(level);
    const shift = [0, grid.y, grid.z];
    const middle = (i, axis) => cells[3 * i + axis] + 0.5 - shift[axis] - 2 ** level / 2;
    const n = cells.length / 3;
    const told = placementInputs(cells, grid);
    const outputs = [];
    const weights = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      outputs.push(this.#place(told.subarray(i * OF_CELL, (i + 1) * OF_CELL)));
      weights[i] = outputs[i][3 * this.most];
    }
    const counts = shares(weights, count, this.most);
    const found = new Float32Array(3 * counts.reduce((sum, value) => sum + value, 0));
    let at = 0;
    outputs.forEach((output, i) => {
      for (let j = 0; j < 3 * counts[i]; j++, at++) {
        found[at] = (middle(i, j % 3) + REACH * Math.tanh(output[j] / REACH)) / grid.cells;
      }
    });
    return found;
  }

  #place(x) {
    const relu = (value) => Math.max(value, 0);
    const b = linear(this.tensors, "placement/second", linear(this.tensors, "placement/first", x).map(relu)).map(relu);
    const c = linear(this.tensors, "placement/third", b).map((value, i) => b[i] + relu(value));
    return linear(this.tensors, "placement/last", c);
  }
}

function needTensor(tensors, name, shape, dtype = null) {
  const found = tensors.get(name);
  if (!found || found.shape.join() !== shape.join() || (dtype && found.dtype !== dtype)) wrong(name);
  return found.data;
}

function wrong(name) {
  throw new WeightsCorrupt(`model: the tensor ${name} does not fit; get the file again`);
}

/** A flat cube of `side` cells a side with `pad` more all around: 1 where cells are, -1 elsewhere. */
function padded(cells, side, pad) {
  const size = side + 2 * pad;
  const states = new Int8Array(size ** 3).fill(-1);
  const at = new Int32Array(cells.length / 3);
  for (let i = 0; i < at.length; i++) {
    at[i] = ((cells[3 * i] + pad) * size + cells[3 * i + 1] + pad) * size + cells[3 * i + 2] + pad;
    states[at[i]] = 1;
  }
  return { size, states, at };
}

/** Offsets of a cell's neighbours in a flat cube: x slowest, z fastest; mirrored: with x from high to low. */
function around(radius, size, mirrored = false) {
  const found = [];
  for (let x = -radius; x <= radius; x++) {
    for (let y = -radius; y <= radius; y++) {
      for (let z = -radius; z <= radius; z++) found.push(((mirrored ? -x : x) * size + y) * size + z);
    }
  }
  return found;
}

function boxOf(cells) {
  const [low, high] = [[Infinity, Infinity, Infinity], [-1, -1, -1]];
  for (let i = 0; i < cells.length; i++) {
    low[i % 3] = Math.min(low[i % 3], cells[i]);
    high[i % 3] = Math.max(high[i % 3], cells[i]);
  }
  return { low, high };
}

/** The cells of one level, and what is known of their children so far (section 3). */
class Level {
  constructor(cells, number, above, grid) {
    Object.assign(this, { cells, number, above, grid });
    this.count = cells.length / 3;
    this.own = padded(cells, 2 ** number, 2);
    this.size = 2 ** (number + 1) + 4;
    this.children = new Int8Array(this.size ** 3).fill(-1);
    for (let i = 0; i < this.count; i++) for (let o = 0; o < 8; o++) this.children[this.childAt(i, o)] = 0;
  }

  place(i, o) {
    return [0, 1, 2].map((axis) => 2 * this.cells[3 * i + axis] + ((o >> (2 - axis)) & 1));
  }

  childAt(i, o) {
    const [x, y, z] = this.place(i, o);
    return ((x + 2) * this.size + y + 2) * this.size + z + 2;
  }

  /** What all children of each parent are told, (n, 276). States are told plus 1: see Context. */
  ofParents() {
    const { cells, number, own, above, grid } = this;
    const told = new Int16Array(this.count * OF_PARENT);
    const near = around(2, own.size);
    const far = above && around(2, above.own.size);
    const { low, high } = boxOf(cells);
    const side = 2 ** number;
    for (let i = 0; i < this.count; i++) {
      const row = told.subarray(i * OF_PARENT, (i + 1) * OF_PARENT);
      near.forEach((offset, k) => (row[k] = own.states[own.at[i] + offset] + 1));
      const place = cells.subarray(3 * i, 3 * i + 3);
      if (above) {
        const [x, y, z] = place.map((value) => (value >> 1) + 2);
        const at = (x * above.own.size + y) * above.own.size + z;
        far.forEach((offset, k) => (row[125 + k] = above.own.states[at + offset] + 1));
      } else {
        row[125 + 62] = 2;
      }
      for (let axis = 0; axis < 3; axis++) {
        const middle = 2 * place[axis] + 1 - side;
        row[250 + axis] = place[axis] & 1;
        row[253 + axis] = Math.min(place[axis] - low[axis], 7);
        row[256 + axis] = Math.min(high[axis] - place[axis], 7);
        row[259 + axis] = Math.floor((16 * (high[axis] - low[axis] + 1)) / side);
        row[262 + axis] = Math.floor((16 * (axis ? middle : Math.abs(middle))) / side);
      }
      row[265 + number] = 4;
      row[271 + Math.min(grid.levels - number - 1, 3)] = 4;
      row[275] = (64 - grid.step) % 16;
    }
    return told;
  }

  /** Fills in what the child of parent i in octant o is told, (152,); states plus 1. */
  ofChild(i, o, told, near, mirrored) {
    const at = this.childAt(i, o);
    for (let k = 0; k < 125; k++) told[k] = this.children[at + near[k]] + 1;
    const [x, y, z] = this.place(i, o);
    const mirror = ((this.size - 5 - x + 2) * this.size + y + 2) * this.size + z + 2;
    for (let k = 0; k < 27; k++) told[125 + k] = this.children[mirror + mirrored[k]] + 1;
  }

  /** Whether the last child must be occupied, because no other is. */
  certain(i, o) {
    if (o !== 7) return false;
    for (let other = 0; other < 7; other++) if (this.children[this.childAt(i, other)] > 0) return false;
    return true;
  }

  /** The occupied children in ascending order. */
  next() {
    const side = 2 ** (this.number + 1);
    const keys = [];
    for (let i = 0; i < this.count; i++) {
      for (let o = 0; o < 8; o++) {
        if (this.children[this.childAt(i, o)] < 1) continue;
        const [x, y, z] = this.place(i, o);
        keys.push((x * side + y) * side + z);
      }
    }
    const found = new Int32Array(3 * keys.length);
    Int32Array.from(keys).sort().forEach((key, i) => {
      found[3 * i] = Math.floor(key / side ** 2);
      found[3 * i + 1] = Math.floor(key / side) % side;
      found[3 * i + 2] = key % side;
    });
    return found;
  }
}

/**
 * The context network (section 4). Most states are -1; so all are told plus 1, and what that adds to each sum is
 * taken from its bias: whole numbers give the same result, and zeros cost nothing.
 */
class Context {
  constructor({ context: [first, second] }, tensors) {
    const need = (name, dtype, ...shape) => needTensor(tensors, `context/${name}`, shape, dtype);
    const parent = need("first/parent", "I8", 8, first, OF_PARENT);
    const child = need("first/child", "I8", 8, first, OF_CHILD);
    this.hidden = [first, second];
    this.shifts = [need("first/shift", "U8", 8, first), need("second/shift", "U8", 8, second), need("last/shift", "U8", 8)];
    this.second = need("second/weight", "I8", 8, second, first);
    this.last = need("last/weight", "I8", 8, second);
    this.chances = need("probabilities", "U16", 2 * LARGEST + 1);
    const biases = [need("first/bias", "F32", 8, first), need("second/bias", "F32", 8, second), need("last/bias", "F32", 8)];
    const whole = biases.every((some) => some.every((bias) => Number.isInteger(bias) && Math.abs(bias) <= 2 ** 20));
    const narrow = this.shifts.every((some) => some.every((shift) => shift <= 16));
    if (!whole || !narrow || !this.chances.every(Boolean) || first > 256 || second > 256) {
      throw new WeightsCorrupt("model: a context network beyond its bounds; get the file again");
    }
    const [bias, ...others] = biases.map((some) => Int32Array.from(some));
    this.biases = [bias, ...others];
    // by input, so that an input that is 0 is passed over; of parents for all octants at once
    this.parent = new Int8Array(parent.length);
    for (let unit = 0; unit < 8 * first; unit++) {
      for (let f = 0; f < OF_PARENT; f++) {
        this.parent[f * 8 * first + unit] = parent[unit * OF_PARENT + f];
        if (f < 250) bias[unit] -= parent[unit * OF_PARENT + f];
      }
    }
    this.child = new Int8Array(child.length);
    for (let unit = 0; unit < 8 * first; unit++) {
      const octant = Math.floor(unit / first);
      for (let f = 0; f < OF_CHILD; f++) {
        this.child[(octant * OF_CHILD + f) * first + (unit % first)] = child[unit * OF_CHILD + f];
        bias[unit] -= child[unit * OF_CHILD + f];
      }
    }
  }

  /** Reads which children of a level are occupied. */
  decode(level, reader) {
    const [first] = this.hidden;
    const told = level.ofParents();
    const sums = Array.from({ length: level.count }, (_, i) => {
      const sum = this.biases[0].slice();
      add(sum, told.subarray(i * OF_PARENT, (i + 1) * OF_PARENT), this.parent, 0);
      return sum;
    });
    const [near, mirrored] = [around(2, level.size), around(1, level.size, true)];
    const ofChild = new Int16Array(OF_CHILD);
    const bits = new Uint8Array(level.count);
    for (let o = 0; o < 8; o++) {
      for (let i = 0; i < level.count; i++) {
        if (level.certain(i, o)) {
          bits[i] = 1;
          continue;
        }
        level.ofChild(i, o, ofChild, near, mirrored);
        const sum = sums[i].subarray(o * first, (o + 1) * first);
        add(sum, ofChild, this.child, o * OF_CHILD * first);
        bits[i] = reader.read(this.#chance(sum, o));
      }
      for (let i = 0; i < level.count; i++) level.children[level.childAt(i, o)] = bits[i] ? 1 : -1;
    }
  }

  #chance(sum, o) {
    const [first, second] = this.hidden;
    for (let j = 0; j < first; j++) sum[j] = clip(sum[j] >> this.shifts[0][o * first + j], 0, 255);
    let last = this.biases[2][o];
    for (let k = 0; k < second; k++) {
      const row = o * second + k;
      let unit = this.biases[1][row];
      for (let j = 0, at = row * first; j < first; j++, at++) unit += this.second[at] * sum[j];
      last += this.last[row] * clip(unit >> this.shifts[1][row], 0, 255);
    }
    return this.chances[clip(last >> this.shifts[2][o], -LARGEST, LARGEST) + LARGEST];
  }
}

const clip = (value, low, high) => (value < low ? low : value > high ? high : value);

/** sum += inputs W, the rows of W one after another from `start`. */
function add(sum, inputs, weights, start) {
  const width = sum.length;
  for (let f = 0; f < inputs.length; f++) {
    const x = inputs[f];
    if (x) for (let j = 0, at = start + f * width; j < width; j++, at++) sum[j] += x * weights[at];
  }
}

/** What the placement network is told of each cell (section 5). */
function placementInputs(cells, grid) {
  const n = cells.length / 3;
  const side = 2 ** grid.levels;
  const fine = padded(cells, side, 3);
  const coarse = padded(cells.map((value) => value >> 1), side / 2, 2);
  const [near, wide] = [around(2, fine.size), around(2, coarse.size)];
  const faces = [-3 * fine.size ** 2, 3 * fine.size ** 2, -3 * fine.size, 3 * fine.size, -3, 3];
  const { low, high } = boxOf(cells);
  const told = new Float32Array(n * OF_CELL);
  for (let i = 0; i < n; i++) {
    const row = told.subarray(i * OF_CELL, (i + 1) * OF_CELL);
    near.forEach((offset, k) => (row[k] = fine.states[fine.at[i] + offset]));
    faces.forEach((offset, k) => (row[125 + k] = fine.states[fine.at[i] + offset]));
    wide.forEach((offset, k) => (row[131 + k] = coarse.states[coarse.at[i] + offset]));
    for (let axis = 0; axis < 3; axis++) {
      const place = cells[3 * i + axis];
      const middle = 2 * place + 1 - side;
      row[256 + axis] = place & 1;
      row[259 + axis] = Math.trunc((8 * (axis ? middle : Math.abs(middle))) / grid.cells);
      row[264 + axis] = Math.min(place - low[axis], 7);
      row[267 + axis] = Math.min(high[axis] - place, 7);
      row[270 + axis] = Math.trunc(Math.min((8 * (high[axis] - low[axis] + 1)) / grid.cells, 8));
    }
    row[262] = Math.floor((grid.step - 32) / 4);
    row[263] = Math.trunc(clip(2 * Math.log2(n / 64), -10, 12));
  }
  return told;
}

/** How many of `count` points each cell gets: by the largest remainders of exp(weights). */
function shares(weights, count, most) {
  const top = Math.max(...weights);
  const portions = weights.map((weight) => Math.exp(weight - top));
  const total = portions.reduce((sum, value) => sum + value, 0);
  const least = weights.length <= count ? 1 : 0;
  const found = new Int32Array(weights.length);
  portions.forEach((portion, i) => {
    portions[i] = (portion * count) / total;
    found[i] = clip(Math.floor(portions[i]), least, most);
  });
  for (;;) {
    const missing = count - found.reduce((sum, value) => sum + value, 0);
    const step = Math.sign(missing);
    const room = [...found.keys()].filter((i) => (step > 0 ? found[i] < most : found[i] > least));
    if (!missing || !room.length) return found;
    const due = portions.map((portion, i) => step * (portion - found[i]));
    room.sort((i, j) => due[j] - due[i]); // stable: of equal ones the first
    for (const i of room.slice(0, Math.abs(missing))) found[i] += step;
  }
}
