"""Mutated .pcb files: readers answer with PcbinError or with records, quickly and in little memory."""

from __future__ import annotations

import io
import json
import random
import struct
import time
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from pcbin.errors import PcbinError
from pcbin.formats import pcb
from pcbin.formats.entropy import Table

from .memory import peak

V1 = Path(__file__).parents[2] / "formats/golden/v1"
VECTORS = [path.read_bytes() for path in sorted(V1.glob("*.pcb"))]
SMALL = Table(**json.loads((V1 / "entropy-table.json").read_text()))
TABLE = Table(SMALL.weights, np.tile(SMALL.means, 128))
"""For codes of any length."""
TELLING = [
    0,
    1,
    2,
    3,
    7,
    8,
    16,
    127,
    128,
    255,
    256,
    2**16 - 1,
    2**16,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
    2**64 - 1,
]


def mutate(data: bytearray, rng: random.Random) -> None:
    """One change, small or large, in place."""
    at = rng.randrange(len(data) + 1)
    kind = rng.randrange(7)
    if kind <= 1 and data:
        data[at % len(data)] ^= 1 << rng.randrange(8)
    elif kind == 2:
        data[at:at] = rng.randbytes(rng.choice([1, 2, 4, 12, 40]))
    elif kind == 3:
        del data[at : at + rng.choice([1, 2, 4, 12, 40])]
    elif kind == 4:
        other = rng.choice(VECTORS)
        start = rng.randrange(len(other))
        data[at : at + rng.randrange(80)] = other[start : start + rng.randrange(80)]
    elif kind == 5:
        size = rng.choice([1, 2, 4, 8])
        data[at : at + size] = (rng.choice(TELLING) % 256**size).to_bytes(size, "little")
    else:
        copied = data[at : at + rng.randrange(100)]
        place = rng.randrange(len(data) + 1)
        data[place:place] = copied


def mend(data: bytearray) -> None:
    """Makes the checksums right, so that the rules behind them are reached."""
    if len(data) < 36 or not data[7] & 2:
        if len(data) > 4:
            data[-4:] = struct.pack("<I", crc32(data[:-4]))
        return
    data[32:36] = struct.pack("<I", crc32(data[:32]))
    at = 36
    while at + 16 <= len(data):
        (length,) = struct.unpack_from("<Q", data, at + 4)
        end = at + 12 + length
        if end + 4 > len(data):
            return
        data[end : end + 4] = struct.pack("<I", crc32(data[at:end]))
        at = end + 4


def resize(data: bytearray) -> None:
    """Makes the committed size that of the file, and the end point to the last index."""
    if len(data) >= 68 and data[7] & 2:
        data[16:24] = struct.pack("<Q", len(data))
        index_at = data.rfind(b"INDX")
        if index_at >= 0:
            data[-20:-12] = struct.pack("<Q", index_at)


def read(data: bytes) -> int:
    """Reads in every way there is; how many ways found nothing wrong."""
    good = 0
    try:
        _ = pcb.loads(data, table=TABLE).code
        good += 1
    except PcbinError:
        pass
    try:
        with pcb.ArchiveReader(io.BytesIO(data), table=TABLE) as reader:
            for i in (0, -1, len(reader) // 2):
                if len(reader):
                    _ = reader[i]
            reader.codes(0, 100)
            reader.poses(0, 100)
            good += 1
            reader.verify()
            good += 1
    except PcbinError:
        pass
    try:
        for _ in pcb.iter_archive(io.BytesIO(data), table=TABLE):
            pass
        good += 1
    except PcbinError:
        pass
    return good


def fuzz(count: int, seed: int) -> int:
    """Reads `count` mutated files; how many of them were taken for good in some way."""
    rng = random.Random(seed)
    accepted = 0
    for number in range(count):
        data = bytearray(rng.choice(VECTORS))
        for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
            mutate(data, rng)
        effort = rng.randrange(4)
        if effort >= 2:
            resize(data)
        if effort >= 1:
            mend(data)
        start = time.perf_counter()
        try:
            accepted += read(bytes(data)) > 0
        except Exception as error:
            raise AssertionError(f"file {number} of seed {seed}: {data.hex()}") from error
        assert time.perf_counter() - start < 5, f"file {number} of seed {seed} hangs: {data.hex()}"
    return accepted


def test_mutated_files() -> None:
    before = peak()
    accepted = fuzz(2000, seed=0)
    assert 20 < accepted < 1500  # some changes are harmless, so the deep paths were reached
    assert peak() - before < 300e6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_many_mutated_files(seed: int) -> None:
    before = peak()
    fuzz(10_000, seed)
    assert peak() - before < 300e6


def test_random_bytes_behind_a_good_header() -> None:
    rng = random.Random(0)
    for _ in range(500):
        data = bytearray(rng.choice(VECTORS)[:16] + rng.randbytes(rng.randrange(200)))
        if rng.random() < 0.5:
            mend(data)
        read(bytes(data))
