"""`.pcb` files made by the grammar of the format: all that it allows, with slips, and right checksums.

Unlike mutations of old files these reach every rule: both layouts, all encodings of codes (raw, zstd, bit
planes, entropy coded, of different lengths), codes of several models, poses, rotations, metadata, appends.
"""

from __future__ import annotations

import math
import random
import struct
from zlib import crc32

import msgpack
import numpy as np
import zstandard

from pcbin.formats.pcb._chunk import to_planes
from tests.fuzz.test_fuzz_pcb import TABLE, TELLING


class Grammar:
    """One file. rng: decides everything. Some files have no slips at all and must be good ones."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.slip = rng.choice([0.0, 0.0, 0.004, 0.02, 0.1])
        self.size = rng.choice([1, 2, 4, 8, 16, 16, 16, 24, 64, rng.randrange(1, 513)])
        self.pose = rng.choice([0, 0, 1, 2])
        self.rotated = self.pose > 0 and rng.random() < 0.3
        self.minor = max(int(self.rotated), rng.choice([0, 0, 1]))
        self.model = rng.randbytes(8)

    def file(self) -> bytes:
        """The whole of it."""
        if self.rng.random() < 0.3:
            return self._single()
        return self._archive()

    def slips(self) -> bool:
        return self.rng.random() < self.slip

    def number(self, value: int, size: int) -> bytes:
        """A field, little-endian; at a slip another value, often one at the edge of something."""
        if self.slips():
            value = self.rng.choice(
                [*TELLING, value - 1, value + 1, value ^ 1 << self.rng.randrange(8 * size)]
            )
        return (value % 256**size).to_bytes(size, "little")

    def data(self, data: bytes) -> bytes:
        """Bytes of no fixed length; at a slip some are missing, changed or too many."""
        if not self.slips():
            return data
        at = self.rng.randrange(len(data) + 1)
        return self.rng.choice(
            [data[:at], data + b"\0", data[:at] + self.rng.randbytes(3) + data[at + 3 :], b"", data * 2]
        )

    def packed(self, raw: bytes) -> tuple[int, bytes]:
        """(encoding, stored bytes): raw or zstd."""
        if self.rng.random() < 0.5:
            return 0, raw
        sized = not self.slips()
        return 1, zstandard.ZstdCompressor(level=1, write_content_size=sized).compress(raw)

    def value(self, depth: int = 0) -> object:  # noqa: PLR0911 - a return a kind
        """Something that msgpack holds."""
        rng = self.rng
        kind = rng.randrange(9 if depth < 3 else 7)
        if kind == 0:
            return rng.choice([*TELLING, -1, -(2**63)])
        if kind == 1:
            return rng.choice([0.0, -0.0, 1e300, math.nan, math.inf, rng.random()])
        if kind == 2:
            return rng.choice(["", "a", "name\nx", "\ud7ff", "\U0001f600", "x" * rng.randrange(300)])
        if kind == 3:
            return rng.randbytes(rng.randrange(20))
        if kind == 4:
            return rng.choice([None, True, False])
        if kind == 5 and self.slips():
            return rng.choice([msgpack.ExtType(3, b"x"), msgpack.Timestamp(5, 6), {5: 1}, {None: 1}])
        if kind == 6:
            found: object = None
            for _ in range(rng.choice([3, 30, 66 if self.slips() else 50, 480 if self.slips() else 20])):
                found = [found] if rng.random() < 0.5 else {"a": found}
            return found
        if kind == 7:
            return [self.value(depth + 1) for _ in range(rng.randrange(4))]
        return self.map(depth + 1)

    def map(self, depth: int = 0) -> dict[str, object]:
        keys = [self.rng.choice(["name", "a", "b\n", "é", ""]) for _ in range(self.rng.randrange(1, 4))]
        return {key: self.value(depth + 1) for key in keys}

    def poses(self, count: int) -> bytes:
        rows = []
        for _ in range(count):
            numbers = [self.rng.uniform(-9, 9) for _ in range(3)] + [self.rng.uniform(0, 9)]
            if self.slips():
                numbers[self.rng.randrange(4)] = self.rng.choice([math.nan, math.inf, -1.0, -0.0, 1e-42])
            rows.append(struct.pack("<3df" if self.pose == 2 else "<4f", *numbers))
            if self.rotated:
                turn = np.array([self.rng.gauss(0, 1) for _ in range(4)])
                turn *= (1 if turn[3] > 0 else -1) / np.linalg.norm(turn)
                words = np.rint(32767 * turn).astype("<i2")
                words[3] = max(words[3], 1)
                rows.append(self.data(words.tobytes()))
        return b"".join(rows)

    def _header(self, archive: int, metadata: int, encoding: int) -> bytes:
        shape = (self.size - 1) | archive << 9 | self.pose << 10 | metadata << 12 | encoding << 13
        shape |= int(self.rotated) << 15
        return (
            (b"\x89PCB" if not self.slips() else self.rng.randbytes(4))
            + self.number(1, 1)
            + self.number(self.minor, 1)
            + self.number(shape, 2)
            + self.model
        )

    def _single(self) -> bytes:
        rng = self.rng
        self.minor = int(self.rotated)
        code = self._codes(1)[0].tobytes()
        coded = TABLE.encode(code) if self.size <= 64 and rng.random() < 0.2 else b""
        encoding = int(0 < len(coded) < self.size)
        metadata = rng.random() < 0.5
        out = self._header(0, int(metadata), encoding) + (b"" if encoding else self.data(code))
        out += self.poses(1) if self.pose else b""
        if metadata:
            how, stored = self.packed(self.data(msgpack.packb(self.map())))
            out += self.number(how << 31 | len(stored), 4) + stored
        out += self.data(coded) if encoding else b""
        return out + self.number(crc32(out), 4)

    def _archive(self) -> bytes:
        rng = self.rng
        metadata = rng.random() < 0.3
        out = bytearray(self._header(1, int(metadata), 0) + bytes(20))
        if metadata:
            how, stored = self.packed(self.data(msgpack.packb(self.map())))
            self._section(out, b"META", self.number(how, 1) + stored)
        previous, entries, clouds = 0, [], 0
        streamed = rng.random() < 0.2
        for _ in range(1 if streamed else rng.choice([1, 1, 2, 4])):  # writes: the first, and appends
            fresh = []
            for _ in range(rng.choice([0, 1, 1, 2, 3]) if not entries else rng.choice([1, 2])):
                count = rng.choice([1, 1, 2, 7, 8, 9, 40, rng.randrange(1, 200)])
                fresh.append((len(out), count))
                self._section(out, b"CHNK", self._chunk(count))
                clouds += count
                if rng.random() < 0.1:
                    self._section(out, b"note" if not self.slips() else b"NOTE", rng.randbytes(5))
            merged = rng.random() < 0.5
            listed = entries + fresh if merged or not previous else fresh
            entries += fresh
            index = self.number(0 if merged else previous, 8) + self.number(len(listed), 4)
            at = len(out)
            for offset, count in listed:
                index += self.number(offset, 8) + self.number(count, 4)
            self._section(out, b"INDX", index)
            previous = at
            self._section(out, b"END ", self.number(at, 8) + self.number(clouds, 8))
        commit = (2**64 - 1, 2**64 - 1) if streamed else (len(out), clouds)
        out[16:32] = self.number(commit[0], 8) + self.number(commit[1], 8)
        out[32:36] = self.number(crc32(out[:32]), 4)
        if not streamed and rng.random() < 0.1:
            out += rng.randbytes(rng.randrange(50))  # an append that was not finished
        return bytes(out)

    def _section(self, out: bytearray, kind: bytes, body: bytes) -> None:
        section = (kind if not self.slips() else self.rng.randbytes(4)) + self.number(len(body), 8) + body
        out += section + self.number(crc32(section), 4)

    def _codes(self, count: int) -> np.ndarray:
        """(count, size): noise, likely codes, equal codes, or those of cells: short, then zeros."""
        rng = np.random.default_rng(self.rng.getrandbits(64))
        codes = rng.integers(0, 256, (count, self.size), dtype=np.uint8)
        kind = self.rng.randrange(4)
        if kind == 1:
            codes |= rng.integers(0, 256, codes.shape, dtype=np.uint8) | 0x55
        elif kind == 2:
            codes[:] = codes[0]
        elif kind == 3:
            codes[:, self.rng.randrange(self.size) :] = 0
        return codes

    def _chunk(self, count: int) -> bytes:
        rng, codes = self.rng, self._codes(count)
        encoding = rng.choice([0, 1, 2, 3, 4 if self.minor or self.slips() else 0])
        if encoding == 3 and (self.size > 16 or count > 40 or rng.random() < 0.7):  # takes time
            encoding = 2
        if encoding in (0, 1):
            stored = codes.tobytes()
            stored = zstandard.compress(stored, 1) if encoding else stored
        elif encoding == 2:
            stored = zstandard.compress(to_planes(codes), 1)
        elif encoding == 3:
            stored = TABLE.encode_many(codes)
        else:
            sizes = [rng.randrange(1, self.size + 1) for _ in range(count)]
            stored = b"".join(self.number(one, 2) for one in sizes)
            stored += b"".join(row[:one].tobytes() for row, one in zip(codes, sizes, strict=True))
        if 0 < encoding < 4 and len(stored) > count * self.size:
            encoding, stored = 0, codes.tobytes()
        columns = [(1, encoding, self.data(stored))]
        if self.pose:
            raw = self.poses(count)
            how, stored = self.packed(raw)
            columns.append((2, *((how, self.data(stored)) if len(stored) <= len(raw) else (0, raw))))
        if rng.random() < 0.4:
            maps = [self.map() if rng.random() < 0.6 else None for _ in range(count)][:20]
            maps += [None] * (count - len(maps))
            how, stored = self.packed(msgpack.packb(maps))
            columns.append((3, how, self.data(stored)))
        if (self.minor or self.slips()) and rng.random() < 0.4:
            number = rng.choice([1, 2, 3, 255])
            raw = self.number(number, 1) + rng.randbytes(8 * number)
            raw += bytes(rng.randrange(number) for _ in range(count))
            how, stored = self.packed(raw)
            columns.append((4, *((how, self.data(stored)) if len(stored) <= len(raw) else (0, raw))))
        if self.slips():
            rng.shuffle(columns)
        out = self.number(count, 4) + self.number(len(columns), 1)
        for kind, how, stored in columns:
            out += self.number(kind, 1) + self.number(how, 1) + self.number(len(stored), 4)
        return out + b"".join(stored for _, _, stored in columns)
