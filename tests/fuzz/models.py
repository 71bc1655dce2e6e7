"""Hostile models, with the right hashes: listed, shown, added, and used to decode."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cell_helpers
import click.testing
import numpy as np
from bitarray.util import zeros
from model_helpers import random_image_parts, random_parts

from pcbin.cli.program import program
from pcbin.errors import PcbinError
from pcbin.formats import pcb
from pcbin.formats.model_file import dump_model, load_header
from pcbin.models import zoo
from pcbin.models.description import CodeLengths, ModelDescription

INFO: dict[str, Any] = {
    "name": "tiny",
    "license": "CC0-1.0",
    "description": "Random.",
    "steps": 5,
    "training_set": [{"path": "chairs", "clouds": 3, "sha256": "0" * 64}],
    "chamfer_e3": {"training": {"chairs": {"mean": 1.0, "p1": 0.1, "p50": 1.0, "p99": 2.0}}},
}
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 7, 8, 16, 4096, 4097, 65_536, 2**31, 2**53, 2**64, -(2**63), 10**400,
    0.5, -0.0, 1e300, "", "x", "a\nb", "\x1b[31m", "\ud7ff", "../x", "CON", "x" * 20_000, [], {}, [[]],
    {"": None}, [1, 2, 3], "relu", "linear", "max", "sum",
    {"op": "relu"}, {"op": "linear", "name": "x", "inputs": 3, "outputs": 4},
]  # fmt: skip


def _cells() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    description = ModelDescription.of_cells(
        CodeLengths(8, 256, 4096), cell_helpers.SIZES, points=256, encoder_points=512
    )
    return description.document(), {}, cell_helpers.random_tensors()


BASES = [
    random_parts(points=24),
    random_parts(points=24, bits=64, nested=(16, 32)),
    random_parts(points=24, bits=48, nested=(8, 24), residual=(16, 8)),
    random_image_parts(),
    _cells(),
]


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in a document of JSON."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        yield document, key
        if isinstance(value, dict | list):
            yield from places(value)


def change(document: dict[str, Any], rng: random.Random) -> None:
    """One change anywhere in it."""
    found = list(places(document))
    if not found:
        document["x"] = rng.choice(VALUES)
        return
    holder, key = rng.choice(found)
    kind = rng.randrange(8)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, list):
        holder[key:key] = [copy.deepcopy(holder[key]) for _ in range(rng.choice([1, 2, 50, 3000]))]
    elif kind == 2:
        other, name = rng.choice(found)
        holder[key] = copy.deepcopy(other[name]) if name in other or isinstance(other, list) else None
    elif kind == 3:
        for _ in range(rng.choice([1, 5, 70, 400])):
            holder[key] = [holder[key]] if rng.random() < 0.5 else {"op": "sum", "branches": [holder[key]]}
    elif kind == 4 and isinstance(holder[key], int):
        holder[key] += rng.choice([-1, 1, 8, 10**6])
    else:
        holder[key] = copy.deepcopy(rng.choice(VALUES))


def change_tensor(tensors: dict[str, Any], rng: random.Random) -> None:
    name = rng.choice(sorted(tensors))
    value, kind = tensors[name], rng.randrange(6)
    if kind == 0:
        del tensors[name]
    elif kind == 1:
        tensors[rng.choice(["x", "a/b", "decoder/x/weight"])] = tensors.pop(name)
    elif kind == 2 and value.dtype.kind == "f" and value.size:
        tensors[name] = value.copy()
        tensors[name].flat[rng.randrange(value.size)] = rng.choice([np.nan, np.inf, -np.inf, 6e4, 0])
    elif kind == 3:
        tensors[name] = value.reshape(-1)[: rng.randrange(value.size + 1)]
    elif kind == 4:
        tensors[name] = rng.choice([value.T, value[None], np.zeros_like(value)])
    else:
        raw = np.frombuffer(rng.randbytes(value.nbytes), value.dtype)
        tensors[name] = raw.reshape(value.shape)


def made(rng: random.Random) -> bytes:
    """The file, with the right hashes unless its very bytes were changed."""
    model, info, tensors = rng.choice(BASES)
    model, info, tensors = copy.deepcopy(model), copy.deepcopy(INFO | info), dict(tensors)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 4])):
        kind = rng.random()
        if kind < 0.5:
            change(model, rng)
        elif kind < 0.8:
            change(info, rng)
        elif tensors:
            change_tensor(tensors, rng)
    data = bytearray(dump_model(model, info, tensors))
    if rng.random() < 0.1:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def model(rng: random.Random) -> bool:
    """One model through the commands; whether it was added. Needs `PCBIN_MODELS` to name an empty folder."""
    try:
        data = made(rng)
    except (PcbinError, ValueError, TypeError, RecursionError, OverflowError):
        return False  # no file can say that
    folder = Path(os.environ["PCBIN_MODELS"])
    name = f"m{rng.getrandbits(64):016x}"
    given, installed = folder / f"{name}.given", folder / f"{name}.safetensors"
    shape = folder / f"{name}.pcb"
    try:
        given.write_bytes(data)
        installed.write_bytes(data)
        try:
            header = load_header(data)
            bits = header.model.get("bits")
            bits = bits if isinstance(bits, int) and not isinstance(bits, bool) and 8 <= bits <= 4096 else 16
            model_id = bytes.fromhex(header.sha256)[:8]
        except PcbinError:
            bits, model_id = 16, bytes(8)
        shape.write_bytes(pcb.dumps(zeros(bits // 8 * 8, "little"), model_id))
        for words in (
            ["models", "list", "--json"],
            ["models", "show", name],
            ["models", "show", str(given)],
            ["info", str(shape)],
            ["decode", str(shape), "-o", str(folder / f"{name}.xyz")],
            ["decode", str(shape), "-o", str(folder / f"{name}.npy"), "--model", str(given)],
        ):
            _run(words)
        installed.unlink()
        added = _run(["models", "add", str(given), "--name", name])
        for result in folder.glob(f"{name}.npy"):
            assert np.isfinite(np.load(result)).all(), "points that are not finite"
        return added
    finally:
        zoo._load.cache_clear()
        for path in folder.glob(f"{name}*"):
            path.unlink()


def _run(words: list[str]) -> bool:
    """A command, in this process; whether it ended well."""
    result = click.testing.CliRunner().invoke(program, words, prog_name="pcbin")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1), (words, result.output[-500:])
    if result.exit_code == 0 and "--json" in words:
        for line in result.stdout.splitlines():
            json.loads(line)
    assert len(result.output) < 1_000_000, f"{words} says {len(result.output):,} characters"
    return result.exit_code == 0
