"""One hostile input of each kind, made and tried: `True` where it was taken for good, an exception where
something got out that should not."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from zlib import crc32

import numpy as np
import test_clouds_fuzz as clouds

import pcbin
from pcbin.errors import FormatError, PcbinError
from pcbin.formats import pcb
from tests.fuzz import scenes
from tests.fuzz.grammar import Grammar
from tests.fuzz.test_fuzz_pcb import TABLE, read

Try = Callable[[random.Random], bool]


def pcb_file(rng: random.Random) -> bool:
    """A `.pcb` file of the grammar. What `verify` accepts every reader can use, and it can be copied."""
    grammar = Grammar(rng)
    data = grammar.file()
    read(data)
    try:
        with pcb.ArchiveReader(io.BytesIO(data), table=TABLE) as reader:
            reader.verify()
    except PcbinError:
        assert grammar.slip, "a file without slips is refused"
        return False
    with pcb.ArchiveReader(io.BytesIO(data), table=TABLE) as reader:
        records = list(reader)
        assert repr(records) == repr(list(pcb.iter_archive(io.BytesIO(data), table=TABLE)))
        for row in {0, len(records) // 2, len(records) - 1} if records else ():
            assert repr(reader[row]) == repr(records[row])
        _copied(reader, records)
    return True


def _copied(reader: pcb.ArchiveReader, records: list[pcb.Record]) -> None:
    """As `pcbin compact` does it."""
    header, copy = reader.header, io.BytesIO()
    writer = pcb.ArchiveWriter(
        copy,
        model_id=header.model_id,
        code_bits=header.code_bits,
        pose=header.pose,
        rotated=header.rotated,
        mixed=header.mixed,
    )
    with writer:
        for chunk in reader.chunks():
            writer.add_clouds(chunk, header.model_id)
    with pcb.ArchiveReader(io.BytesIO(copy.getvalue())) as found:
        mine = [(one.code, one.pose, repr(one.metadata), one.model_id or header.model_id) for one in found]
    theirs = [(one.code, one.pose, repr(one.metadata), one.model_id or header.model_id) for one in records]
    assert mine == theirs


@cache
def _cell_file(number: int) -> bytes:
    cloud = np.random.default_rng(number).normal(size=(300, 3)) * [3, 2, 1]
    return pcbin.compress(cloud, model="cells", bits=(64, 128, 256)[number % 3], effort=0)


def cells(rng: random.Random) -> bool:
    """A file of a cell code that was cut or changed, or is noise: refused, or decoded to finite points."""
    data = bytearray(_cell_file(rng.randrange(9)))
    size, kind = (data[6] | (data[7] & 1) << 8) + 1, rng.randrange(4)
    code, rest = data[16 : 16 + size], data[16 + size : -4]
    if kind == 0:
        code[rng.randrange(size)] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del code[rng.randrange(1, size) :]
    elif kind == 2:
        code[rng.randrange(size) :] = rng.randbytes(rng.randrange(1, 40))
    else:
        code[:] = rng.randbytes(rng.randrange(1, 65 if rng.random() < 0.95 else 513))
    shape = int.from_bytes(data[6:8], "little") & ~0x1FF | (len(code) - 1)
    out = bytes(data[:6]) + struct.pack("<H", shape) + bytes(data[8:16]) + bytes(code) + bytes(rest)
    try:
        points = pcbin.decompress(out + struct.pack("<I", crc32(out)))
    except FormatError:
        return False
    assert points.ndim == 2
    assert np.isfinite(points).all()
    return True


def cloud(family: str, rng: random.Random) -> bool:
    """A cloud or mesh file that was damaged."""
    mutated = partial(clouds.mutated, rng=np.random.default_rng(rng.getrandbits(64)))
    data = mutated(clouds.SEEDS[family]) if family in clouds.SEEDS else scenes.damaged(family, rng, mutated)
    try:
        points = clouds.read(family, data).points
    except PcbinError:
        return False
    assert points.ndim == 2
    assert points.shape[1] == 3
    assert np.isfinite(points).all()
    return True


CLOUDS: dict[str, Try] = {
    family.replace(",", "").replace(" ", "-"): partial(cloud, family)
    for family in [*clouds.SEEDS, *scenes.SEEDS]
}


@contextmanager
def bounded_work(seconds: float) -> Iterator[None]:
    """Raises AssertionError for what takes longer, by the processor's clock."""
    import time

    start = time.process_time()
    yield
    spent = time.process_time() - start
    assert spent < seconds, f"took {spent:.1f} s"
