// The golden vectors of the container, which every reader of .pcb files opens.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { Sha256, hex, unpackBits } from "../src/bytes.js";
import { PcbinError, place, readPcb } from "../src/index.js";
import { unzstd } from "../src/zstd.js";

const GOLDEN = new URL("../../formats/golden/v1/", import.meta.url);
const read = (name) => readFileSync(new URL(name, GOLDEN));
const json = (name) => JSON.parse(read(name));
const plain = (value) => JSON.parse(JSON.stringify(value));

function tableOf(name) {
  const { weights, means } = json(name);
  return { weights, means: means.flat(), bits: means[0].length };
}

for (const file of readdirSync(GOLDEN).filter((name) => name.endsWith(".pcb"))) {
  const name = file.replace(".pcb", "");
  const expected = json(`${name}.json`);
  const models = expected.table ? [{ id: expected.model_id, table: tableOf(expected.table) }] : [];

  test(`golden ${name}`, () => {
    const found = readPcb(read(file), { models });
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
      assert.equal(cloud.modelId, wanted.model_id ?? expected.model_id);
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
      assert.throws(() => readPcb(broken, { models }), PcbinError, `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => readPcb(bytes.subarray(0, length), { models }), PcbinError, `${length} bytes`);
    }
  });
}

test("what only a model can tell is null", () => {
  assert.equal(readPcb(read("single-16-entropy.pcb")).clouds[0].code, null);
  assert.equal(readPcb(read("archive-entropy.pcb")).clouds[0].code, null);
});

test("zstd of every kind of block", () => {
  const folder = new URL("./vectors/zstd/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".zst"));
  assert.ok(names.length > 5);
  for (const name of names) {
    const packed = Uint8Array.from(readFileSync(new URL(name, folder)));
    const { sha256, length } = JSON.parse(readFileSync(new URL("sums.json", folder)))[name];
    assert.equal(unzstd(packed, 1e6).length, length);
    assert.equal(hex(new Sha256().update(unzstd(packed, length)).digest()), sha256, name);
    assert.throws(() => unzstd(packed, length - 1), { name: "Limit" });
    for (let cut = 0; cut < packed.length; cut += 1 + (packed.length >> 6)) {
      assert.throws(() => unzstd(packed.subarray(0, cut), 1e6), { name: "FormatError" });
      const broken = packed.slice();
      broken[cut] ^= 1 << (cut & 7);
      try {
        unzstd(broken, 1e6); // its checksum is not looked at: other bytes may come out, but nothing else
      } catch (error) {
        assert.ok(error instanceof PcbinError, error.stack);
      }
    }
  }
});

test("not a .pcb file, and one of a later version", () => {
  assert.throws(() => readPcb(new TextEncoder().encode("ply\nformat ascii 1.0")), { name: "NotPcb" });
  assert.throws(() => readPcb(new Uint8Array()), { name: "Truncated" });
  const later = Uint8Array.from(read("single-8.pcb"));
  later[4] = 2;
  assert.throws(() => readPcb(later), { name: "UnsupportedVersion", message: /2\.0.*knows 1/ });
});
