"""Whatever `verify` accepts, every reader and command can use.

Files of every kind are written, and bytes of some of them changed under right checksums. Those that are taken
for good hold the same clouds at random, in order and from a pipe, and each command does what it is asked for,
or says what of that cannot be done: it finds no fault with the file.
"""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast
from zlib import crc32

import numpy as np
import pytest
from click.testing import CliRunner

import pcbin
from pcbin.cli.program import program
from pcbin.errors import FormatError, ModelNotFound, PcbinError
from pcbin.formats import pcb
from pcbin.formats.entropy import ONE, WEIGHT_SUM
from pcbin.formats.model_file import dump_model
from pcbin.formats.pcb._limits import DAMAGED, INCOMPLETE, INVALID, UPGRADE
from pcbin.models import zoo
from tests.cell_helpers import random_model

BLAMED = (DAMAGED, INCOMPLETE, INVALID, UPGRADE)
NAMES: list[Any] = [
    "chair", "a/b.ply", "../up", "/etc/passwd", "", "con", "a\nb", "\x1b[2J", "é" * 100, "x" * 300, "=1+1",
    b"\xff\xfe", 7, 2**64 - 1, -(2**63), 1.5, float("nan"), float("-inf"), None, True, [], {}, [["a"]],
]  # fmt: skip
NUMBERS = [0.0, -0.0, 1.0, 1e-45, 3e-39, 1e30, 3.4e38, -3.4e38, 1e-300, 1e300, -1.7e308, 500_000.25]
SCALES = [0.0, 1e-45, 3e-39, 1e-30, 0.5, 1.0, 1e30, 3.4e38]
TELLING = [0, 1, 2, 3, 7, 8, 127, 128, 255, 2**16 - 1, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1]


class Pipe(io.RawIOBase):
    """Bytes that cannot be sought."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


class Sink(io.BytesIO):
    """Takes bytes as a pipe does."""

    def seekable(self) -> bool:
        return False


@pytest.fixture
def models(models_folder: Path, model_parts: Any, image_parts: Any) -> dict[str, Any]:
    """Installed: nested codes with table and mixture, fixed ones, cell codes, images; and one that is not."""
    rng = np.random.default_rng(0)
    document, info, tensors = model_parts(bits=64, nested=(16, 32), name="nested")
    document |= {"entropy": {"components": 3}, "mixture": {"components": 3}}
    tensors |= {
        "entropy/weights": np.array([WEIGHT_SUM - 3, 1, 2], np.uint32),
        "entropy/means": rng.choice([1, 3000, ONE // 2, ONE - 3000, ONE - 1], (3, 64)).astype(np.uint16),
        "mixture/weights": np.full(3, 1 / 3, np.float32),
        "mixture/means": rng.uniform(0.1, 0.9, (3, 64)).astype(np.float32),
    }
    cells = random_model().file
    parts = {
        "nested": (document, info, tensors), "plain": model_parts(), "image": image_parts(),
        "cells": (cells.model, cells.info, cells.tensors),
    }  # fmt: skip
    for name, one in parts.items():
        (models_folder / f"{name}.safetensors").write_bytes(dump_model(*one))
    return {name: zoo.load(name) for name in parts}


def metadata(rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.4:
        return {}
    found: dict[str, Any] = {"name": rng.choice(NAMES)}
    if rng.random() < 0.3:
        found[rng.choice(["note", "a\nfake", "", "bits", "x" * 100])] = rng.choice(NAMES)
    if rng.random() < 0.1:
        deep: Any = rng.choice(NAMES)
        for _ in range(rng.randrange(62)):
            deep = [deep] if rng.random() < 0.5 else {"k": deep}
        found["deep"] = deep
    return found


def pose(rng: random.Random, *, rotated: bool) -> pcbin.Pose:
    x, y, z = (rng.choice(NUMBERS) for _ in range(3))
    scale = float(np.float32(rng.choice(SCALES)))
    turn = None
    if rotated and rng.random() < 0.7:
        four = np.array([rng.choice([0.0, 0.0, 1.0, -1.0, rng.gauss(0, 1)]) for _ in range(4)])
        if four.any():
            turn = tuple((four / np.linalg.norm(four)).tolist())
    return pcbin.Pose((x, y, z), scale, turn)


def some_file(rng: random.Random, models: dict[str, Any]) -> bytes:
    """A file that a correct writer could have written, of any kind."""
    name = rng.choice([*models, "nested", "nobody's"])
    model_id = b"unknown!" if name == "nobody's" else models[name].id
    size = {"nested": rng.choice([2, 4, 4, 8]), "cells": rng.randrange(1, 32)}.get(name, 2)
    size = size if rng.random() < 0.9 else rng.choice([1, 3, 512])
    posed, rotated = rng.random() < 0.5 and name != "image", rng.random() < 0.4
    table = None
    if rng.random() < 0.4 and size <= 8 and name in ("nested", "nobody's"):
        table = models["nested"].entropy_table
    codes = [rng.choice([rng.randbytes(size), bytes(size), b"\xff" * size]) for _ in range(rng.randrange(40))]
    if rng.random() < 0.4:
        code = pcb.code_from_bytes((codes or [bytes(size)])[0])
        there = pose(rng, rotated=rotated) if posed else None
        return pcb.dumps(code, model_id, pose=there, metadata=metadata(rng), table=table)
    mixed = rng.random() < 0.4
    about = metadata(rng) if rng.random() < 0.5 else None
    file = rng.choice([io.BytesIO, Sink])()
    options: dict[str, Any] = {"chunk": rng.choice([1, 3, 5000]), "table": None if mixed else table}
    options |= {"rotated": rotated and posed, "mixed": mixed, "metadata": about}
    kind: Literal["float64", "none"] = "float64" if posed else "none"
    with pcb.ArchiveWriter(file, model_id=model_id, code_bits=8 * size, pose=kind, **options) as writer:
        for one in codes:
            code, whose = pcb.code_from_bytes(one), None
            if mixed and rng.random() < 0.5:
                whose = rng.choice([*(other.id for other in models.values()), b"unknown!"])
                code = code[: 8 * rng.randrange(1, size + 1)]
            there = pose(rng, rotated=rotated) if posed else None
            writer.add(pcb.Record(code, there, metadata(rng), whose))
    return file.getvalue()


def appended(data: bytes, path: Path, rng: random.Random) -> bytes:
    """The same archive after a few appends."""
    path.write_bytes(data)
    for _ in range(rng.randrange(1, 4)):
        try:
            with pcb.append_archive(path) as writer, pcb.ArchiveReader(path) as reader:
                writer.add(reader[0])
        except (PcbinError, IndexError):
            break
    return path.read_bytes()


def mutate(data: bytearray, rng: random.Random) -> None:
    """One change in place, or a section that readers skip."""
    at, kind = rng.randrange(len(data)), rng.randrange(6)
    if kind <= 1:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 2:
        size = rng.choice([1, 2, 4, 8])
        data[at : at + size] = (rng.choice(TELLING) % 256**size).to_bytes(size, "little")
    elif kind == 3:
        del data[at : at + rng.choice([1, 4, 12])]
    elif kind == 4:
        data[at:at] = data[at : at + rng.randrange(60)]
    else:
        place = rng.choice([36, max(data.rfind(b"CHNK"), 0), max(data.rfind(b"INDX"), 0)])
        inside = bytes(data[36:at]) if rng.random() < 0.5 else rng.randbytes(9)
        data[place:place] = b"note" + struct.pack("<Q", len(inside)) + inside + bytes(4)


def mended(data: bytearray) -> bytes:
    """Right checksums, committed size and offsets, so that what is behind them is reached."""
    if len(data) < 36 or not data[7] & 2:
        body = bytes(data[:-4])
        return body + struct.pack("<I", crc32(body))
    if struct.unpack_from("<Q", data, 16)[0] != 2**64 - 1:
        data[16:24] = struct.pack("<Q", len(data))
    data[32:36] = struct.pack("<I", crc32(data[:32]))
    at, chunks, index_at = 36, [], 0
    while at + 16 <= len(data):
        kind, (length,) = bytes(data[at : at + 4]), struct.unpack_from("<Q", data, at + 4)
        end = at + 12 + length
        if end + 4 > len(data):
            break
        if kind == b"CHNK":
            chunks.append(at)
        elif kind == b"INDX" and length == 12 + 12 * len(chunks):
            index_at = at
            for row, offset in enumerate(chunks):
                struct.pack_into("<Q", data, at + 24 + 12 * row, offset)
        elif kind == b"END " and length == 16 and index_at:
            struct.pack_into("<Q", data, at + 12, index_at)
        data[end : end + 4] = struct.pack("<I", crc32(data[at:end]))
        at = end + 4
    return bytes(data)


Found = tuple[str, Any]


def outcome(use: Callable[[], Any]) -> Found:
    """What came of it; of errors their class, which must not be that of a file at fault. What a code of cells
    stands for is no matter of the file: only its model can tell."""
    try:
        return "value", use()
    except PcbinError as error:
        if isinstance(error, FormatError) and not str(error).startswith("code: "):
            raise AssertionError("a fault of the file") from error
        return "error", type(error)


def shown(record: pcb.Record) -> str:
    """A record with its NaN values equal to themselves."""
    return repr((record.code.to01(), record.pose, record.metadata, record.model_id))


def accepted(data: bytes, path: Path) -> bool:
    """Whether `verify` takes the file for good; of a pipe as of a file."""
    found = []
    path.write_bytes(data)
    sources: list[Any] = [path, Pipe(data)]
    for source in sources:
        try:
            with pcbin.open(source) as archive:
                found.append(archive.verify())
                if archive.fills_file and source.read():
                    found[-1] = -1  # the reader stops where the file should end
        except PcbinError:
            found.append(-1)
    assert found[0] == found[1], found
    return found[0] >= 0


def readers_agree(data: bytes, path: Path) -> None:
    with pcbin.open(path) as archive, pcbin.open(cast("BinaryIO", Pipe(data))) as pipe:
        count = len(archive)
        ways: list[Callable[[], list[str]]] = [
            lambda: [shown(one) for one in archive.records()],
            lambda: [shown(archive.record(row)) for row in range(count)],
            lambda: [shown(archive.record(row)) for row in reversed(range(count))][::-1],
            lambda: [shown(one) for one in pipe.records()],
        ]
        kind, first = outcome(ways[0])
        for way in ways[1:]:
            assert outcome(way) == (kind, first)
        assert len(list(archive.iter_summaries())) == count == sum(archive.models().values())
        kind, codes = outcome(archive.codes)
        assert kind == "error" or len(codes) == count
        kind, clouds = outcome(lambda: [archive[row] for row in range(min(count, 3))])
        assert kind == "error" or all(np.isfinite(cloud).all() for cloud in clouds)
        kind, in_order = outcome(partial(list, archive))
        assert kind == "error" or len(in_order) == count


COMMANDS = [
    ("verify", "{file}"),
    ("verify", "-"),
    ("info", "{file}"),
    ("info", "--json", "-"),
    ("list", "{file}"),
    ("list", "--json", "-"),
    ("decode", "{file}", "-f", "-o", "{folder}/all/"),
    ("decode", "{file}", "-f", "--index", "0", "-o", "{folder}/one.ply"),
    ("decode", "{file}", "-f", "--name", "*", "--points", "64", "-o", "{folder}/named/"),
    ("decode", "-", "--index", "1"),
    ("truncate", "{file}", "-f", "--bits", "16", "-o", "{folder}/short.pcb"),
    ("truncate", "{file}", "-f", "--bits", "8", "--unchecked", "-o", "{folder}/shorter.pcb"),
    ("cluster", "{file}", "--model", "nested"),
    ("cluster", "-", "--model", "image", "--json"),
    ("eval", "{cloud}", "{file}"),
]


def commands_work(data: bytes, path: Path, cloud: Path, folder: Path) -> Iterator[tuple[str, int]]:
    for words in COMMANDS:
        given = [word.format(file=path, cloud=cloud, folder=folder) for word in words]
        result = CliRunner().invoke(program, given, prog_name="pcbin", input=data)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError(given) from result.exception
        assert result.exit_code in (0, 1), result.output
        if result.exit_code:
            assert "error: " in result.stderr, result.output
            assert not any(blame in result.stderr for blame in BLAMED), result.stderr
        yield words[0], result.exit_code
    for short in ("short.pcb", "shorter.pcb"):
        if (folder / short).exists():
            with pcbin.open(folder / short) as archive:
                assert archive.verify() >= 0


def try_files(count: int, seed: int, models: dict[str, Any], tmp_path: Path) -> tuple[int, int, set[Any]]:
    """How many files were written, how many of them were accepted, and what commands came to."""
    rng = random.Random(seed)
    path, cloud, changed, good, seen = tmp_path / "a.pcb", tmp_path / "a.xyz", 0, 0, set()
    np.savetxt(cloud, np.random.default_rng(0).normal(size=(70, 3)))
    for number in range(count):
        data = some_file(rng, models)
        if rng.random() < 0.3:
            data = appended(data, tmp_path / "b.pcb", rng)
        changes = rng.choice([0, 1, 1, 2, 3])
        buffer = bytearray(data)
        for _ in range(changes):
            mutate(buffer, rng)
        data = mended(buffer) if changes else data
        folder = tmp_path / f"{number}"
        folder.mkdir()
        try:
            if not accepted(data, path):
                assert changes, "a file as it was written"
                continue
            changed += changes > 0
            good += 1
            readers_agree(data, path)
            seen |= set(commands_work(data, path, cloud, folder))
        except BaseException as error:
            raise AssertionError(f"file {number} of seed {seed}: {data.hex()}") from error
    return changed, good, seen


def test_what_is_verified_is_used(models: dict[str, Any], tmp_path: Path) -> None:
    changed, good, seen = try_files(60, 0, models, tmp_path)
    assert changed > 5
    assert good > 20
    assert seen >= {(name, code) for name in ("decode", "truncate", "cluster", "eval") for code in (0, 1)}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_more_of_what_is_verified_is_used(seed: int, models: dict[str, Any], tmp_path: Path) -> None:
    try_files(200, seed, models, tmp_path)


def test_a_code_that_needs_its_model(models: dict[str, Any], tmp_path: Path) -> None:
    """What cannot be read without a model says so, from a file and from a pipe."""
    table = models["nested"].entropy_table
    path = tmp_path / "a.pcb"
    likely = np.packbits(table.means[0] > ONE // 2, bitorder="little").tobytes()
    data = pcb.dumps(pcb.code_from_bytes(likely), b"unknown!", table=table)
    assert len(data) < 28
    assert accepted(data, path)
    with pcbin.open(path) as archive, pytest.raises(ModelNotFound, match=b"unknown!".hex()):
        archive.record(0)
