// A cloud as shaded balls over a soft shadow: what render.py draws, in a canvas.

const POINT = 0.021; // the diameter of one of 2,048 points, in box diagonals
const ROOM = 1.08; // box diagonals that a canvas is wide, at zoom 1
const LIGHT = [-0.35, 0.65, 0.67].map((value, _, all) => value / Math.hypot(...all));
const SHADOW_CELLS = 128;

/** 256 colours between stops of [place from 0 to 1, "#rrggbb"], as (3 x 256) numbers. */
export function ramp(stops) {
  const rgb = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
  const found = new Float32Array(3 * 256);
  for (let i = 0; i < 256; i++) {
    const next = Math.max(1, stops.findIndex(([place]) => place >= i / 255));
    const [[from, low], [to, high]] = [stops[next - 1], stops[next]];
    const share = (i / 255 - from) / (to - from);
    rgb(low).forEach((value, c) => (found[3 * i + c] = value + share * (rgb(high)[c] - value)));
  }
  return found;
}

/** (3 n) points -> (3 n) screen x, screen y and nearness; orthographic, y up, angles in degrees. */
function project(points, { turn, tilt }) {
  const [ct, st] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const [cl, sl] = [Math.cos((tilt * Math.PI) / 180), Math.sin((tilt * Math.PI) / 180)];
  const found = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    const depth = points[i] * st + points[i + 2] * ct;
    found[i] = points[i] * ct - points[i + 2] * st;
    found[i + 1] = points[i + 1] * cl - depth * sl;
    found[i + 2] = points[i + 1] * sl + depth * cl;
  }
  return found;
}

/**
 * Draws (3 n) points, about a unit box diagonal around the origin, into a square canvas.
 *
 * camera: turn, tilt, zoom. colours: {near, errors}, ramps. errors: (n) from 0 to 1, or null for colours by
 * nearness.
 */
export function draw(canvas, points, camera, colours, errors = null) {
  const wide = canvas.width;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, wide, wide);
  if (!points.length) return;
  const scale = (wide / ROOM) * camera.zoom;
  context.imageSmoothingEnabled = true;
  context.drawImage(shadow(points, camera), 0, 0, wide, wide);
  context.drawImage(balls(project(points, camera), wide, scale, colours, errors), 0, 0);
}

function balls(seen, wide, scale, colours, errors) {
  const n = seen.length / 3;
  const radius = Math.max(((scale * POINT) / 2) * Math.min(2, Math.sqrt(2048 / n)), 1);
  const stamp = stampOf(radius);
  const depth = new Float32Array(wide * wide).fill(-Infinity);
  const owner = new Int32Array(wide * wide).fill(-1);
  const part = new Uint16Array(wide * wide);
  for (let i = 0; i < n; i++) {
    const left = Math.round(wide / 2 + scale * seen[3 * i]);
    const top = Math.round(wide / 2 - scale * seen[3 * i + 1]);
    const near = scale * seen[3 * i + 2];
    for (let k = 0; k < stamp.length; k += 4) {
      const x = left + stamp[k];
      const y = top + stamp[k + 1];
      if (x < 0 || x >= wide || y < 0 || y >= wide) continue;
      const at = y * wide + x;
      if (near + stamp[k + 2] <= depth[at]) continue;
      depth[at] = near + stamp[k + 2];
      owner[at] = i;
      part[at] = k / 4;
    }
  }
  const picture = layer("balls", wide);
  const image = picture.context.createImageData(wide, wide);
  const own = coloursOf(seen, colours, errors);
  for (let at = 0; at < owner.length; at++) {
    if (owner[at] < 0) continue;
    const bright = stamp[4 * part[at] + 3];
    for (let c = 0; c < 3; c++) image.data[4 * at + c] = own[3 * owner[at] + c] * bright;
    image.data[4 * at + 3] = 255;
  }
  picture.context.putImageData(image, 0, 0);
  return picture.canvas;
}

/** The pixels of a ball, all of which look the same: x, y, how near, how bright. */
function stampOf(radius) {
  const found = [];
  const reach = Math.ceil(radius);
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const rest = radius * radius - x * x - y * y;
      if (rest < 0) continue;
      const out = Math.sqrt(rest);
      const light = Math.max(0, (LIGHT[0] * x - LIGHT[1] * y + LIGHT[2] * out) / radius);
      found.push(x, y, out, (0.62 + 0.46 * light) * (1 - 0.28 * (1 - out / radius) ** 2));
    }
  }
  return Float32Array.from(found);
}

function coloursOf(seen, colours, errors) {
  const found = new Float32Array(seen.length);
  for (let i = 0; i < seen.length / 3; i++) {
    const pale = Math.min(1, Math.max(0, 0.5 - seen[3 * i + 2] / 0.9));
    const value = errors ? Math.min(1, errors[i]) : pale;
    const at = 3 * Math.round(255 * value);
    const white = errors ? 0.45 * pale : 0;
    for (let c = 0; c < 3; c++) {
      found[3 * i + c] = (errors ? colours.errors : colours.near)[at + c] * (1 - white) + 255 * white;
    }
  }
  return found;
}

/** What a lamp above throws on the ground, blurred. */
function shadow(points, camera) {
  const cells = SHADOW_CELLS;
  const ground = Float32Array.from(points);
  let low = Infinity;
  for (let i = 1; i < points.length; i += 3) low = Math.min(low, points[i]);
  for (let i = 1; i < points.length; i += 3) ground[i] = low - 0.005;
  const seen = project(ground, camera);
  const unit = (cells / ROOM) * camera.zoom;
  let counts = new Float32Array(cells * cells);
  for (let i = 0; i < seen.length; i += 3) {
    const x = Math.floor(cells / 2 + unit * seen[i]);
    const y = Math.floor(cells / 2 - unit * seen[i + 1]);
    if (x >= 0 && x < cells && y >= 0 && y < cells) counts[y * cells + x] += 1;
  }
  counts = blurred(blurred(counts, 1, 1.9 * camera.zoom), cells, 1.1 * camera.zoom);
  const picture = layer("shadow", cells);
  const image = picture.context.createImageData(cells, cells);
  const weight = (620 * camera.zoom ** 2 * 3) / points.length;
  counts.forEach((value, at) => (image.data[4 * at + 3] = 255 * 0.3 * (1 - Math.exp(-value * weight))));
  picture.context.putImageData(image, 0, 0);
  return picture.canvas;
}

/** Each cell of a square becomes a mean of those before and after it, weighted as by a bell. */
function blurred(values, step, sigma) {
  const cells = SHADOW_CELLS;
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const found = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    if (!values[at]) continue;
    const place = step === 1 ? at % cells : Math.floor(at / cells);
    for (let k = -reach; k <= reach; k++) {
      if (place + k >= 0 && place + k < cells) found[at + k * step] += (values[at] * weights[k + reach]) / total;
    }
  }
  return found;
}

const layers = {};

/** A canvas nobody sees, kept from one drawing to the next. */
function layer(name, wide) {
  if (layers[name]?.canvas.width !== wide) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = wide;
    layers[name] = { canvas, context: canvas.getContext("2d", { willReadFrequently: name === "balls" }) };
  }
  return layers[name];
}
