// The golden vectors of the container, which every reader of .pcb files opens.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import * as zlib from "node:zlib";
import { PcbinError, place, readPcb } from "../src/index.js";
import { hex, unpackBits } from "../src/bytes.js";

const GOLDEN = new URL("../../formats/golden/v1/", import.meta.url);
const read = (name) => readFileSync(new URL(name, GOLDEN));
const json = (name) => JSON.parse(read(name));
const zstd = zlib.zstdDecompressSync; // since node 22.15
const plain = (value) => JSON.parse(JSON.stringify(value));

function tableOf(name) {
  const { weights, means } = json(name);
  return { weights, means: means.flat(), bits: means[0].length };
}

for (const file of readdirSync(GOLDEN).filter((name) => name.endsWith(".pcb"))) {
  const name = file.replace(".pcb", "");
  const expected = json(`${name}.json`);
  const models = expected.table ? [{ id: expected.model_id, table: tableOf(expected.table) }] : [];
  const packed = read(file).includes(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]));

  test(`golden ${name}`, { skip: packed && !zstd && "this node has no zstd" }, () => {
    const found = readPcb(read(file), { models, zstd });
    assert.deepEqual(found.version, expected.version);
    assert.equal(found.layout, expected.layout);
    assert.equal(found.codeBits, expected.code_bits);
    assert.equal(found.poseKind, expected.pose);
    assert.equal(found.modelId, expected.model_id);
    assert.deepEqual(plain(found.metadata ?? {}), expected.metadata ?? {});
    assert.equal(found.clouds.length, expected.clouds.length);
    found.clouds.forEach((cloud, i) => {
      const wanted = expected.clouds[i];
      assert.equal(hex(cloud.code), wanted.code);
      assert.equal([...unpackBits(cloud.code).subarray(0, 8)].join(""), wanted.bits);
      assert.deepEqual(cloud.pose?.center ?? null, wanted.center);
      assert.equal(cloud.pose?.scale ?? null, wanted.scale);
      assert.deepEqual(plain(cloud.metadata ?? {}), wanted.metadata);
      if (wanted.matrix) {
        const axes = place([1, 0, 0, 0, 1, 0, 0, 0, 1], { ...cloud.pose, center: [0, 0, 0], scale: 1 });
        wanted.matrix.flat().forEach((value, k) => {
          assert.ok(Math.abs(value - axes[3 * (k % 3) + Math.floor(k / 3)]) < 1e-9);
        });
      }
    });
  });

  test(`golden ${name}: no bit may flip, no byte may be missing`, () => {
    const bytes = read(file);
    for (let bit = 0; bit < 8 * bytes.length; bit += name.startsWith("single") ? 1 : 7) {
      const broken = Uint8Array.from(bytes);
      broken[bit >> 3] ^= 1 << (bit & 7);
      // the minor version is looked at by nobody, but the checksum
      assert.throws(() => readPcb(broken, { models, zstd }), PcbinError, `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => readPcb(bytes.subarray(0, length), { models, zstd }), PcbinError, `${length} bytes`);
    }
  });
}

test("what only a model or zstd can tell is null, or said", () => {
  assert.equal(readPcb(read("single-16-entropy.pcb")).clouds[0].code, null);
  assert.equal(readPcb(read("archive-entropy.pcb")).clouds[0].code, null);
  const [cloud] = readPcb(read("single-128-metadata-zstd.pcb")).clouds;
  assert.equal(cloud.metadata, null);
  assert.equal(cloud.code.length, 16);
  assert.throws(() => readPcb(read("archive-zstd.pcb")), /zstd/);
});

test("not a .pcb file, and one of a later version", () => {
  assert.throws(() => readPcb(new TextEncoder().encode("ply\nformat ascii 1.0")), { name: "NotPcb" });
  assert.throws(() => readPcb(new Uint8Array()), { name: "Truncated" });
  const later = Uint8Array.from(read("single-8.pcb"));
  later[4] = 2;
  assert.throws(() => readPcb(later), { name: "UnsupportedVersion", message: /2\.0.*knows 1/ });
});
