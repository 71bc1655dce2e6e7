// Models with random weights, and what Python decodes with them (make_vectors.py).

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { Model, PcbinError, WeightsCorrupt, decompress, modelOf, readPcb, refinements } from "../src/index.js";

// a folder of vectors of the same form, as tests/test_javascript.py makes of the shipped models
const more = process.env.PCBIN_VECTORS;
const folders = [new URL("./vectors/", import.meta.url), ...(more ? [new URL(`file://${more}/`)] : [])];

for (const folder of folders) {
  const read = (name) => readFileSync(new URL(name, folder));
  const models = new Map();
  const modelNamed = (name) => {
    if (!models.has(name)) models.set(name, new Model(read(`${name}.safetensors`)));
    return models.get(name);
  };
  for (const { file, model: name, decoded } of JSON.parse(read("cases.json"))) {
    test(`${file} decodes to what Python makes of it`, () => {
      const model = modelNamed(name);
      const data = read(`${file}.pcb`);
      if (model.kind === "image") {
        const pixels = model.decode(readPcb(data).clouds[0].code);
        pixels.forEach((value, i) => assert.ok(Math.abs(255 * value - decoded[i]) < 0.51));
        assert.throws(() => decompress(data, [model]), PcbinError);
        return;
      }
      const { points } = decompress(data, [model]);
      const { scale } = readPcb(data, { models: [model] }).clouds[0].pose;
      assert.equal(points.length, decoded.length);
      const worst = Math.max(...decoded.map((value, i) => Math.abs(value - points[i])));
      assert.ok(worst < 1e-4 * scale, `off by ${worst}`);
    });
  }
}

const vectors = (name) => readFileSync(new URL(`./vectors/${name}`, import.meta.url));
const nested = new Model(vectors("nested.safetensors"));
const cells = new Model(vectors("cells.safetensors"));

test("what a model says of itself", () => {
  assert.deepEqual([nested.name, nested.kind, nested.bits, nested.shortest, nested.points], ["nested", "global", 64, 32, 40]);
  assert.deepEqual([cells.name, cells.kind, cells.shortest], ["tiny-cells", "cells", 4096]);
  assert.equal(nested.id, readPcb(vectors("nested-0.pcb")).modelId);
  assert.equal(nested.info.license, "none");
});

test("every prefix of a nested code is a code", () => {
  const { code } = readPcb(vectors("nested-0.pcb")).clouds[0];
  const steps = refinements(nested, code);
  assert.deepEqual(steps.map(({ bits }) => bits), [32, 40, 48, 56, 64]);
  assert.deepEqual(steps.at(-1).points(), nested.decode(code));
  assert.deepEqual(steps[0].points(), nested.decode(code.subarray(0, 4)));
  assert.notDeepEqual(steps[0].points(), steps[1].points());
  assert.throws(() => nested.decode(code.subarray(0, 3)), { name: "FormatError" });
});

test("the first bytes of a cell code decide its coarse levels", () => {
  const { code } = readPcb(vectors("cells-0.pcb")).clouds[0];
  const whole = cells.cells.decode(code);
  assert.deepEqual(refinements(cells, code).at(-1).points(), cells.decode(code));
  whole.levels.forEach(({ cells: wanted, bytes }, level) => {
    if (level === 0 || level === whole.levels.length - 1) return;
    // a code that agrees in these bytes alone: whatever else it says, these cells are the same
    for (const filler of [1, 0x5a, 0xff]) {
      const other = code.map((byte, i) => (i < bytes ? byte : filler));
      let found;
      try {
        found = cells.cells.decode(other);
      } catch (error) {
        assert.equal(error.name, "FormatError"); // most bytes are no code
        continue;
      }
      assert.deepEqual(found.levels[level].cells, wanted);
    }
  });
});

test("random bytes are no cell code, and nothing but errors of this package comes of them", () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647);
  let refused = 0;
  for (let round = 0; round < 60; round++) {
    const code = Uint8Array.from({ length: 1 + (random() % 60) }, () => random() & 255);
    try {
      cells.decode(code);
    } catch (error) {
      assert.ok(error instanceof PcbinError, error.stack);
      refused += 1;
    }
  }
  assert.ok(refused > 0);
});

test("a model is refused where a byte of its weights or of its documents is another", () => {
  const bytes = vectors("nested.safetensors");
  const length = Number(bytes.readBigUInt64LE(0));
  for (let at = 0; at < bytes.length; at += at < 8 + length ? 13 : 997) {
    const broken = Uint8Array.from(bytes);
    broken[at] ^= 4;
    try {
      const found = new Model(broken);
      // what the identity does not cover: how the header writes the same thing
      assert.equal(found.id, nested.id, `byte ${at}`);
    } catch (error) {
      assert.ok(error instanceof PcbinError, `byte ${at}: ${error.stack}`);
    }
  }
  for (const size of [0, 7, 100, bytes.length - 1]) {
    assert.throws(() => new Model(bytes.subarray(0, size)), WeightsCorrupt);
  }
});

test("a file of another model says which one it needs", () => {
  const data = vectors("nested-0.pcb");
  assert.throws(() => decompress(data, [cells]), { name: "ModelNotFound", message: new RegExp(nested.id) });
  assert.equal(modelOf({ modelId: nested.id }, [cells, nested]), nested);
});
