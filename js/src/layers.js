// The layers of a frozen model's networks (formats/model-v1.md, section 3), on one object at a time.

import { UnsupportedVersion, WeightsCorrupt } from "./errors.js";

/** What layers make of x, a Float32Array; shapes need no record, because decoders have none that matter. */
export function forward(layers, tensors, x) {
  for (const layer of layers) x = run(layer, tensors, x);
  return x;
}

/** Checks that a network takes `size` numbers; returns how many it gives. */
export function checkLayers(layers, tensors, size, deep = 0) {
  if (!Array.isArray(layers) || deep > 8) throw new WeightsCorrupt("model: a network that is no list of layers");
  for (const layer of layers) size = checkLayer(layer, tensors, size, deep);
  return size;
}

function checkLayer(layer, tensors, size, deep) {
  const need = (holds) => {
    if (!holds) throw new WeightsCorrupt(`model: a layer ${layer?.op} that does not fit; freeze it again`);
  };
  const tensor = (part, ...shape) => {
    const found = tensors.get(`${layer.name}/${part}`);
    need(found?.data instanceof Float32Array && found.shape.join() === shape.join());
    need(found.data.every(Number.isFinite));
  };
  switch (layer?.op) {
    case "linear":
      need(layer.inputs === size);
      tensor("weight", layer.outputs, layer.inputs);
      tensor("bias", layer.outputs);
      return layer.outputs;
    case "layer_norm":
      need(layer.size === size);
      tensor("weight", size);
      tensor("bias", size);
      return size;
    case "residual":
      need(checkLayers(layer.layers, tensors, size, deep + 1) === size);
      return size;
    case "sum": {
      need(Array.isArray(layer.branches) && layer.branches.length);
      const sizes = layer.branches.map((branch) => checkLayers(branch, tensors, size, deep + 1));
      need(sizes.every((one) => one === sizes[0]));
      return sizes[0];
    }
    case "take":
      need(layer.start >= 0 && layer.start < layer.stop && layer.stop <= size);
      return layer.stop - layer.start;
    case "points":
      need(3 * layer.count === size);
      return size;
    case "image":
    case "pixels":
      need(layer.height * layer.width === size);
      return size;
    case "relu":
    case "sigmoid":
      return size;
    default:
      throw new UnsupportedVersion(`model: a layer ${layer?.op}; take a newer reader`);
  }
}

function run(layer, tensors, x) {
  switch (layer.op) {
    case "linear":
      return linear(tensors, layer.name, x);
    case "relu":
      return x.map((value) => Math.max(value, 0));
    case "sigmoid":
      return x.map((value) => 1 / (1 + Math.exp(-value)));
    case "layer_norm":
      return layerNorm(tensors, layer.name, x);
    case "residual": {
      const added = forward(layer.layers, tensors, x);
      return x.map((value, i) => value + added[i]);
    }
    case "take":
      return x.subarray(layer.start, layer.stop);
    case "sum":
      return layer.branches
        .map((branch) => forward(branch, tensors, x))
        .reduce((total, one) => total.map((value, i) => value + one[i]));
    default: // points, image and pixels only name the shape
      return x;
  }
}

/** x W^T + b. */
export function linear(tensors, name, x) {
  const weight = tensors.get(`${name}/weight`).data;
  const found = tensors.get(`${name}/bias`).data.slice();
  for (let row = 0; row < found.length; row++) found[row] += dot(weight, row * x.length, x);
  return found;
}

/** Four sums at once, which do not wait for each other. */
function dot(weight, at, x) {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < x.length; i += 4, at += 4) {
    a += weight[at] * x[i];
    b += weight[at + 1] * x[i + 1];
    c += weight[at + 2] * x[i + 2];
    d += weight[at + 3] * x[i + 3];
  }
  for (; i < x.length; i++, at++) a += weight[at] * x[i];
  return a + b + c + d;
}

function layerNorm(tensors, name, x) {
  const [weight, bias] = ["weight", "bias"].map((part) => tensors.get(`${name}/${part}`).data);
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  const width = Math.sqrt(variance + 1e-5);
  return x.map((value, i) => ((value - mean) / width) * weight[i] + bias[i]);
}
