// The page of `pcbin view`: originals beside what their codes decode to, decoded here.

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const count = (number) => number.toLocaleString("en");
const colours = {
  near: ramp(data.near.map((colour, i) => [i / (data.near.length - 1), colour])),
  errors: ramp(data.errors),
};
const models = data.models.map((text) => new Model(bytesOf(text)));
const START = { turn: 35, tilt: 22, zoom: 1 };
const camera = { ...START };
const MOST_CLOUDS = 1000; // of an archive, that can be chosen

/** What can be shown: {name, cloud, bytes, original}; cloud and original may be null. */
const entries = [];
let shown = null;
let waiting = false;

function entriesOf({ name, pcb, original, frame }) {
  const points = original && new Float32Array(bytesOf(original).buffer);
  if (!pcb) return [{ name, cloud: null, original: points, frame }];
  const bytes = typeof pcb === "string" ? bytesOf(pcb) : pcb;
  const { layout, clouds } = readPcb(bytes, { models });
  return clouds.slice(0, MOST_CLOUDS).map((cloud, i) => ({
    name: layout === "single" ? name : `${name}: ${cloud.metadata?.name ?? i}`,
    cloud,
    bytes: layout === "single" ? bytes.length : null,
    original: points,
    frame,
  }));
}

function add(file) {
  const found = entriesOf(file);
  for (const entry of found) {
    entries.push(entry);
    const option = document.createElement("option");
    option.textContent = entry.name;
    $("objects").append(option);
  }
  $("chooser").hidden = entries.length < 2;
  return entries.length - found.length;
}

/** Shows one of the entries; throws where its code cannot be decoded. */
function show(index) {
  const { name, cloud, bytes, original, frame } = entries[index];
  say("");
  $("objects").selectedIndex = index;
  $("name").textContent = name;
  const next = { original, frame, steps: [], cloud, peak: original && longestSide(original) };
  $("facts").textContent = original && !cloud ? `${count(frame.points)} points` : "";
  if (cloud) {
    const model = modelOf(cloud, models);
    if (model.kind === "image") throw new PcbinError(`the code of an image, by model ${model.name}`);
    next.steps = refinements(model, cloud.code);
    const size = bytes === null ? "" : `${count(bytes)} bytes · `;
    $("facts").textContent = `${size}model ${model.name} · ${count(8 * cloud.code.length)} bits`;
  }
  shown = next;
  $("original").hidden = !original;
  $("original-title").textContent = original ? `Original, ${count(frame.points)} points` : "";
  $("decoded").hidden = !cloud;
  $("panels").classList.toggle("one", !original || !cloud);
  $("slider").hidden = shown.steps.length < 2;
  $("by-error").parentElement.hidden = !(original && cloud);
  $("bits").max = Math.max(0, shown.steps.length - 1);
  $("bits").value = $("bits").max;
  decode();
}

/** Decodes the first bits of the code, as many as the slider says. */
function decode() {
  const { steps, cloud, original, frame } = shown;
  if (cloud) {
    const step = steps[Number($("bits").value)];
    const points = step.points();
    shown.decoded = viewed(points, cloud.pose, original && frame);
    $("bits-value").textContent = `${count(step.bits)} of ${count(steps.at(-1).bits)} bits`;
    const level = step.level === undefined ? "" : `, level ${step.level} of ${steps.at(-1).level}`;
    $("decoded-title").textContent = `Decoded from ${count(step.bits)} bits${level}`;
    $("score").textContent = "";
    if (original) {
      const [there, back] = [nearest(shown.decoded, original), nearest(original, shown.decoded)];
      shown.errors = there.map((distance) => distance / data.farthest);
      const [a, b] = [there, back].map((all) => all.reduce((sum, d) => sum + d * d, 0) / all.length);
      const psnr = 10 * Math.log10((3 * shown.peak ** 2) / Math.max(a, b));
      const about = frame.points > original.length / 3 ? "about " : "";
      $("score").textContent = `Chamfer × 1000 ${about}${(1e3 * (a + b)).toFixed(3)} · D1-PSNR ${about}${psnr.toFixed(2)} dB`;
    }
  }
  redraw();
}

/** Decoded points in the frame of the original, or upright around the origin where there is none. */
function viewed(points, pose, frame) {
  if (!pose) return points;
  if (!frame) return Float32Array.from(place(points, { ...pose, center: [0, 0, 0], scale: 1 }));
  return Float32Array.from(place(points, pose), (value, i) => (value - frame.center[i % 3]) / frame.scale);
}

function longestSide(points) {
  const [low, high] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
  points.forEach((value, i) => {
    low[i % 3] = Math.min(low[i % 3], value);
    high[i % 3] = Math.max(high[i % 3], value);
  });
  return Math.max(...high.map((value, axis) => value - low[axis]));
}

/** The distance of each point to the nearest of others: outwards along x, until nothing nearer can come. */
function nearest(points, others) {
  const order = Array.from({ length: others.length / 3 }, (_, i) => i).sort((a, b) => others[3 * a] - others[3 * b]);
  const sorted = new Float32Array(others.length);
  order.forEach((from, to) => sorted.set(others.subarray(3 * from, 3 * from + 3), 3 * to));
  return Float32Array.from({ length: points.length / 3 }, (_, i) => {
    const [x, y, z] = points.subarray(3 * i, 3 * i + 3);
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[3 * middle] < x) low = middle + 1;
      else high = middle;
    }
    let best = Infinity;
    const look = (at) => {
      const along = (sorted[at] - x) ** 2;
      if (along >= best) return false;
      best = Math.min(best, along + (sorted[at + 1] - y) ** 2 + (sorted[at + 2] - z) ** 2);
      return true;
    };
    for (let at = 3 * low; at < sorted.length && look(at); ) at += 3;
    for (let at = 3 * low - 3; at >= 0 && look(at); ) at -= 3;
    return Math.sqrt(best);
  });
}

function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    if (!shown) return;
    const byError = $("by-error").checked && shown.original && shown.cloud;
    $("legend").hidden = !byError;
    if (shown.original) paint($("original-canvas"), shown.original, null);
    if (shown.cloud) paint($("decoded-canvas"), shown.decoded, byError ? shown.errors : null);
  });
}

function paint(canvas, points, errors) {
  const wide = Math.round(canvas.clientWidth * Math.max(2, window.devicePixelRatio)); // 2: smooth edges
  if (canvas.width !== wide) canvas.width = canvas.height = wide;
  draw(canvas, points, camera, colours, errors);
}

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

function attempt(name, action) {
  try {
    action();
  } catch (error) {
    if (!(error instanceof PcbinError)) throw error;
    say(error instanceof ModelNotFound
      ? `${name}: coded by a model that this page does not hold; run \`pcbin view ${name}\`, or drop the model's file here.`
      : `${name}: ${error.message}`);
  }
}

async function drop(files) {
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    attempt(file.name, () => {
      if (file.name.endsWith(".safetensors")) {
        models.push(new Model(bytes));
        say(`${file.name}: this page now decodes its codes.`);
      } else {
        show(add({ name: file.name, pcb: bytes, original: null, frame: null }));
      }
    });
  }
}

function turn(right, up) {
  camera.turn -= right;
  camera.tilt = Math.min(90, Math.max(-90, camera.tilt + up));
  redraw();
}

function zoom(factor) {
  camera.zoom = Math.min(8, Math.max(0.5, camera.zoom * factor));
  redraw();
}

function reset() {
  Object.assign(camera, START);
  redraw();
}

for (const canvas of document.querySelectorAll("canvas")) {
  const pointers = new Map();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const other = [...pointers.values()].find((one) => one.pointerId !== event.pointerId);
    if (other) {
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      zoom(apart(event) / Math.max(1, apart(before)));
    } else {
      turn((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
    }
    pointers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 500));
  }, { passive: false });
  canvas.addEventListener("dblclick", reset);
  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };
    if (steps[event.key]) turn(...steps[event.key]);
    else if (event.key === "+") zoom(1.15);
    else if (event.key === "-") zoom(1 / 1.15);
    else if (event.key === "0") reset();
    else return;
    event.preventDefault();
  });
}
$("bits").addEventListener("input", decode);
$("by-error").addEventListener("change", redraw);
$("objects").addEventListener("change", () => {
  const index = $("objects").selectedIndex;
  attempt(entries[index].name, () => show(index));
});
$("file").addEventListener("change", () => drop($("file").files));
window.addEventListener("resize", redraw);
window.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
window.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
window.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  drop(event.dataTransfer.files);
});
for (const one of data.objects) attempt(one.name, () => add(one));
if (entries.length) attempt(entries[0].name, () => show(0));
