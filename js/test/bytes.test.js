import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { Sha256, crc32, half, hex, unpackBits } from "../src/bytes.js";
import { unpack } from "../src/msgpack.js";

const some = (length) => Uint8Array.from({ length }, (_, i) => (i * 197 + (i >> 3)) & 255);

test("SHA-256 is that of node, in one piece and in several", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003]) {
    const bytes = some(length);
    const expected = createHash("sha256").update(bytes).digest("hex");
    assert.equal(hex(new Sha256().update(bytes).digest()), expected);
    const parts = new Sha256();
    for (let at = 0; at < length; at += 37) parts.update(bytes.subarray(at, at + 37));
    assert.equal(hex(parts.digest()), expected);
  }
});

test("CRC-32 has its check value", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("halves", () => {
  const known = { 0: 0, 0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x7bff: 65504, 1: 2 ** -24, 0x7c00: Infinity };
  for (const [bits, value] of Object.entries(known)) assert.equal(half(Number(bits)), value);
  assert.ok(Number.isNaN(half(0x7e00)));
});

test("bit 0 of a code is the lowest of its first byte", () => {
  assert.deepEqual([...unpackBits(Uint8Array.of(1, 0x82))], [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
});

test("msgpack of every kind", () => {
  const bytes = [
    0x8a, 0xa1, 97, 0xc0, 0xa1, 98, 0xc3, 0xa1, 99, 0xff, 0xa1, 100, 0xcd, 1, 0, 0xa1, 101, 0xd1, 0xff, 0, 0xa1, 102,
    0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xa1, 103, 0xc4, 2, 7, 8, 0xa1, 104, 0x92, 1, 0x80, 0xa1, 105, 0xd9, 2, 0xc3,
    0xa9, 0xa1, 106, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255,
  ];
  const found = unpack(Uint8Array.from(bytes));
  const { g, h, ...rest } = found;
  assert.deepEqual({ ...rest }, { a: null, b: true, c: -1, d: 256, e: -256, f: 1.5, i: "é", j: 2n ** 64n - 1n });
  assert.deepEqual([...g], [7, 8]);
  assert.equal(h[0], 1);
  assert.deepEqual(Object.keys(h[1]), []);
});

test("msgpack that is no metadata", () => {
  const bad = {
    "a number as key": [0x81, 1, 1],
    "an extension": [0x81, 0xa1, 97, 0xd4, 1, 2],
    "cut short": [0x81, 0xa1, 97, 0xda, 255, 255],
    "no UTF-8": [0x81, 0xa1, 0xff, 1],
    "left over": [0x80, 0],
    "deep": [...Array(70).fill(0x91), 1],
  };
  for (const [name, bytes] of Object.entries(bad)) {
    assert.throws(() => unpack(Uint8Array.from(bytes)), { name: name === "deep" ? "Limit" : "FormatError" }, name);
  }
});
