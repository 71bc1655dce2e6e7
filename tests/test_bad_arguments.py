"""Whatever is passed to whatever argument, what cannot be used is an InputError or another PcbinError."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin as pcbin_
from pcbin import PcbinError
from pcbin.cluster import Mixture
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.models.model import Model
from pcbin.search.canonical import coder, codes_of, frame_of, name_of, probes, stood
from pcbin.search.descriptor import from_bytes
from pcbin.search.hamming import nearest
from pcbin.search.pairs import pairs
from pcbin.search.registration import Surface, register
from pcbin.search.shapes import is_index

pcbin: Any = pcbin_  # what a type checker would refuse is tried here

VALUES = [
    None, 5, -1, 1.5, float("nan"), True, "x", "x.pcb", b"x", [], {}, object(), np.zeros((2, 2)),
    np.zeros((2, 2), np.uint8), np.zeros((1, 2), np.uint8),
]  # fmt: skip


@pytest.fixture
def calls(tiny: Model, cloud: Any, tmp_path: Path) -> dict[str, Callable[[Any], Any]]:
    points, codec = cloud(50), pcbin.Codec(tiny)
    data = codec.encode(points)
    codes, _ = codec.codes([points])
    archive, other = tmp_path / "archive.pcb", tmp_path / "other.pcb"

    def write(fill: Callable[[Any], Any], *, to: Path = other, **options: Any) -> None:
        with pcbin.open(to, "w", **{"model": tiny, **options}) as writer:
            fill(writer)

    def first(path: Path, model: Any) -> None:
        with pcbin.open(path, model=model) as reader:
            reader[0]

    def item(path: Path, index: Any) -> None:
        with pcbin.open(path, model=tiny) as reader, suppress(IndexError):
            reader[index]

    def record(path: Path, index: Any) -> None:
        with pcbin.open(path, model=tiny) as reader, suppress(IndexError):
            reader.record(index)

    write(lambda writer: writer.extend([points, points]), to=archive)
    found: dict[str, Callable[[Any], Any]] = {
        "compress": lambda x: pcbin.compress(x, model=tiny),
        "decompress": lambda x: pcbin.decompress(x, model=tiny),
        "decompress, by the file's model": pcbin.decompress,
        "truncate": lambda x: pcbin.truncate(x, 8, check=False),
        "truncate bits": lambda x: pcbin.truncate(data, x, check=False),
        "evaluate": lambda x: pcbin.evaluate(x, points),
        "evaluate decoded": lambda x: pcbin.evaluate(points, x),
        "evaluate data": lambda x: pcbin.evaluate(points, points, data=x),
        "evaluate model": lambda x: pcbin.evaluate(points, data=data, model=x),
        "evaluate_image": lambda x: pcbin.evaluate_image(x, x),
        "load_model": pcbin.load_model,
        "load_model device": lambda x: pcbin.load_model("chair", device=x),
        "open up": lambda x: pcbin.open(archive, up=x).close(),
        "decompress up": lambda x: pcbin.decompress(data, model=tiny, up=x),
        "open mode": lambda x: pcbin.open(archive, x).close(),
        "open model": lambda x: first(archive, x),
        "codes": codec.codes,
        "codes of one": lambda x: codec.codes([x]),
        "code": codec.code,
        "code_many": lambda x: list(codec.code_many(x)),
        "encode metadata": lambda x: codec.encode(points, metadata=x),
        "decode": codec.decode,
        "decode n_points": lambda x: codec.decode(data, n_points=x),
        "decode spacing": lambda x: codec.decode(data, spacing=x),
        "restore": lambda x: list(codec.restore(x)),
        "restore poses": lambda x: list(codec.restore(codes, x)),
        "restore a pose": lambda x: list(codec.restore(codes, [x])),
        "reader[x]": lambda x: item(archive, x),
        "record": lambda x: record(archive, x),
        "append": lambda x: write(lambda writer: writer.append(x)),
        "extend": lambda x: write(lambda writer: writer.extend(x)),
        "extend metadata": lambda x: write(lambda writer: writer.extend([points], x)),
    }

    def with_option(call: Callable[..., Any], name: str) -> Callable[[Any], Any]:
        return lambda x: call(**{"model": tiny, name: x})

    for name in ("model", "bits", "effort", "max_chamfer", "device", "sampling", "seed", "up", "licence"):
        found[f"compress {name}"] = with_option(partial(pcbin.compress, points), name)
        found[f"Codec {name}"] = with_option(pcbin.Codec, name)
        if name != "max_chamfer":
            found[f"open w {name}"] = with_option(partial(write, lambda writer: None), name)
    return found


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20].split(" at ")[0])
def test_no_other_error(value: Any, calls: dict[str, Callable[[Any], Any]]) -> None:
    for name, call in calls.items():
        try:
            with suppress(PcbinError):
                call(value)
        except Exception as error:
            raise AssertionError(f"{name} = {value!r}") from error


def search_calls() -> dict[str, Callable[[Any], Any]]:
    """Those of `pcbin.search`, and places of clouds."""
    codes: Any = np.zeros((3, 2), np.uint8)
    cloud: Any = np.random.default_rng(0).normal(size=(40, 3))
    return {
        "Pose center": lambda x: pcbin.Pose(x, 1.0),
        "Pose scale": lambda x: pcbin.Pose((0, 0, 0), x),
        "Pose rotation": lambda x: pcbin.Pose((0, 0, 0), 1.0, x),
        "nearest": lambda x: nearest(x, codes),
        "nearest in": lambda x: nearest(codes, x),
        "nearest k": lambda x: nearest(codes, codes, k=x),
        "nearest backend": lambda x: nearest(codes, codes, backend=x),
        "pairs": lambda x: list(pairs(x)),
        "pairs radius": lambda x: list(pairs(codes, x)),
        "frame_of": frame_of,
        "stood": stood,
        "name_of": name_of,
        "coder model": coder,
        "coder bits": lambda x: coder(bits=x),
        "probes": lambda x: probes(x, pcbin.Codec()),
        "codes_of": lambda x: codes_of(x, pcbin.Codec()),
        "codes_of one": lambda x: codes_of([x], pcbin.Codec()),
        "from_bytes": from_bytes,
        "register": lambda x: register(Surface(x), Surface(cloud)),
        "is_index": is_index,
    }


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20].split(" at ")[0])
def test_no_other_error_of_searches(value: Any) -> None:
    for name, call in search_calls().items():
        try:
            with suppress(PcbinError, FileNotFoundError):
                call(value)
        except Exception as error:
            raise AssertionError(f"{name} = {value!r}") from error


class Odd:
    """A file whose `read` gives what it was told to."""

    def __init__(self, given: Any) -> None:
        self.read = lambda size=-1: given


def container_calls() -> dict[str, Callable[[Any], Any]]:
    """Those of `pcbin.formats.pcb`, of `pcbin.cluster`, and of files that are no files."""
    code, codes, own = pcb.code_from_bytes(bytes(2)), np.zeros((1, 2), np.uint8), bytes(8)

    def writer(**options: Any) -> Any:
        return pcb.ArchiveWriter(**{"file": io.BytesIO(), "model_id": own, "code_bits": 16, **options})

    mixture = Mixture(own, np.full(2, 0.5), np.full((2, 16), 0.5))
    found: dict[str, Callable[[Any], Any]] = {
        "read in order": lambda x: list(pcb.iter_archive(Odd(x))),
        "open read": lambda x: list(pcbin.open(Odd(x)).records()),
        "iter_archive": pcb.iter_archive,
        "ArchiveReader": pcb.ArchiveReader,
        "peek": pcb.peek,
        "loads": pcb.loads,
        "dumps": lambda x: pcb.dumps(x, own),
        "add": lambda x: writer().add(x),
        "add_many": lambda x: writer().add_many(x),
        "add_many metadata": lambda x: writer().add_many(codes, metadata=x),
        "add_many poses": lambda x: writer(pose="float64").add_many(codes, x, x),
        "add_many model_id": lambda x: writer().add_many(codes, model_id=x),
        "Mixture model_id": lambda x: Mixture(x, np.full(2, 0.5), np.full((2, 16), 0.5)),
        "Mixture weights": lambda x: Mixture(own, x, np.full((2, 16), 0.5)),
        "Mixture means": lambda x: Mixture(own, np.full(2, 0.5), x),
        "Mixture.load": Mixture.load,
        "Mixture.of": Mixture.of,
        "Mixture.fit": lambda x: Mixture.fit(x, 1, model_id=own),
        "Mixture.labels": mixture.labels,
        "Mixture.responsibilities": mixture.responsibilities,
        "Mixture.log_likelihood": mixture.log_likelihood,
        "Mixture.check": lambda x: mixture.check(x, x),
    }
    for name in ("model_id", "code_bits", "chunk", "pose", "metadata", "table", "file"):
        found[f"writer {name}"] = lambda x, name=name: writer(**{name: x})  # type: ignore[misc]
    for name in ("pose", "metadata", "table", "model_id"):
        found[f"dumps {name}"] = lambda x, name=name: pcb.dumps(code, **{"model_id": own, name: x})  # type: ignore[misc]
    fit = {"components": 1, "model_id": own}
    for name in ("components", "seed", "restarts"):
        found[f"fit {name}"] = lambda x, name=name: Mixture.fit(codes, **{**fit, name: x})  # type: ignore[misc]
    return found


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20].split(" at ")[0])
def test_no_other_error_of_containers(value: Any) -> None:
    for name, call in container_calls().items():
        try:
            with suppress(PcbinError, FileNotFoundError):
                call(value)
        except Exception as error:
            raise AssertionError(f"{name} = {value!r}") from error


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pcbin.Codec(bits="64"), "bits = '64'; use a whole number, a multiple of 8"),
        (lambda: pcbin.Codec(5), r"model = 5; pass a name \(.*chair.*\), a path, or a pcbin.Model"),
        (lambda: pcbin.Codec(device=5), "device = 5; use 'cpu', or 'cuda' on a machine with CUDA"),
        (lambda: pcbin.decompress("x.pcb"), "data: str is not bytes; pass the bytes of the file"),
        (lambda: pcbin.truncate(5, 64), "data: int is not bytes; pass the bytes of the file"),
        (lambda: pcbin.Codec().codes(5), "clouds: int; pass a list, or anything iterable"),
        (lambda: pcbin.Codec(warn=False).encode(np.eye(3), metadata=[]), "metadata: list; pass a mapping"),
    ],
)
def test_messages(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
