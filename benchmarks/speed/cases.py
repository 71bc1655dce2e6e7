"""Every case of the benchmark: pcbin on one cloud and on many, at all its sizes, and its peers beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

import pcbin
from pcbin.arrays import Codes, Float32, normalise
from pcbin.datasets.generated import shapes
from pcbin.metrics import distortion

from ..rate_distortion.draco import Draco
from ..rate_distortion.pcodec_grid import PcodecGrid
from ..rate_distortion.progress import Progress
from ..rate_distortion.scheme import Scheme
from ..rate_distortion.schemes import EXTRA
from ..rate_distortion.zstd_grid import ZstdGrid
from .case import Case

PEERS: tuple[tuple[type[Scheme], tuple[int, ...]], ...] = (
    (Draco, (3, 5, 8)), (ZstdGrid, (8, 16, 32)), (PcodecGrid, (8, 16, 32)),
)  # fmt: skip
"""Each with its settings: bits an axis, or cells a side."""
REFERENCE = "Draco k-d tree, 8 bits an axis"
EFFORTS = (0, 1, 3, 5, 9)
BATCHES = (1, 8, 64)
POINTS = (512, 2048, 8192, 32768)
OUT_POINTS = (512, 2048, 8192, 32768)


def clouds(count: int, points: int) -> list[Float32]:
    """Generated chairs: (points, 3) each, centred, with a bounding-box diagonal of 1."""
    made = shapes(count, kinds=["chair"], points=points, split="test")
    return [normalise(cloud.astype(np.float64))[0] for cloud in made.points]


def everything(*, quick: bool, progress: Progress) -> list[Case]:
    """The cases that run where this runs; says which peers are missing."""
    some = clouds(2 if quick else 8, 2048)
    efforts = EFFORTS[:2] if quick else EFFORTS
    cases = [*_peers(some, progress), *_one(some, efforts)]
    cases += [*_batches(some, BATCHES[:2] if quick else BATCHES), *_points(), *_out_points(some[0])]
    return cases if quick else [*cases, *_cores(some)]


def _peers(some: Sequence[Float32], progress: Progress) -> Iterator[Case]:
    for make, settings in PEERS:
        try:
            scheme = make()
        except ImportError as error:
            if make is Draco:
                raise
            progress.say(f"{make.__module__.rpartition('.')[2]}: skipped, needs {error.name}: {EXTRA}")
            continue
        for setting in settings:
            yield from _rates(f"{scheme.name}, {scheme.label(setting)}", scheme, setting, some)


def _rates(name: str, scheme: Scheme, setting: int, some: Sequence[Float32]) -> Iterator[Case]:
    codes = [scheme.encode(cloud, setting) for cloud in some]
    facts = _facts(some, [scheme.decode(code.data, setting) for code in codes])
    facts["bits"] = float(np.mean([code.bits for code in codes]))

    def encode() -> None:
        for cloud in some:
            scheme.encode(cloud, setting)

    def decode() -> None:
        for code in codes:
            scheme.decode(code.data, setting)

    reference = name == REFERENCE
    yield Case("encode one cloud", name, encode, len(some), reference, facts)
    yield Case("decode one cloud", name, decode, len(some), reference, facts)


def _one(some: Sequence[Float32], efforts: Sequence[int]) -> Iterator[Case]:
    made = [
        (f"pcbin chair, 128 bits, effort {effort}", pcbin.Codec("chair", effort=effort, warn=False))
        for effort in efforts
    ]
    made.append(("pcbin cells, 256 bits, effort 1", pcbin.Codec("cells", bits=256, warn=False)))
    for name, codec in made:
        codes = [codec.code(cloud) for cloud in some]
        files = [code.pack(pose=False) for code in codes]
        facts = _facts(some, [np.asarray(codec.decode(data)) for data in files])
        facts["bits"] = float(np.mean([8 * len(code.code) for code in codes]))

        def encode(codec: pcbin.Codec = codec) -> None:
            for cloud in some:
                codec.encode(cloud, pose=False)

        def decode(codec: pcbin.Codec = codec, files: Sequence[bytes] = files) -> None:
            for data in files:
                codec.decode(data)

        yield Case("encode one cloud", name, encode, len(some), facts=facts)
        yield Case("decode one cloud", name, decode, len(some), facts=facts)


def _batches(some: Sequence[Float32], sizes: Sequence[int]) -> Iterator[Case]:
    """Batches through the network; the reference is Draco, one cloud after the other, in the same run."""
    draco = Draco()
    data = draco.encode(some[0], 8).data
    yield Case("encode batches", REFERENCE, lambda: draco.encode(some[0], 8), reference=True)
    yield Case("decode batches", REFERENCE, lambda: draco.decode(data, 8), reference=True)
    for effort in (0, 1):
        codec = pcbin.Codec("chair", effort=effort, warn=False)
        for size in sizes:
            batch = [some[row % len(some)] for row in range(size)]
            yield Case(
                "encode batches", f"pcbin chair, effort {effort}, batches of {size}",
                partial(codec.encode_many, batch, pose=False), size,
                facts={"batch": size, "effort": effort},
            )  # fmt: skip
    for model, bits in (("chair", 128), ("cells", 256)):
        codec = pcbin.Codec(model, bits=bits, effort=0, warn=False)
        codes = codec.codes(some)[0]
        for size in (*sizes, 512):
            many = codes[np.arange(size) % len(codes)]
            yield Case(
                "decode batches", f"pcbin {model}, {bits} bits, batches of {size}",
                partial(_restore, codec, many), size,
                facts={"batch": size, "model": model},
            )  # fmt: skip


def _points() -> Iterator[Case]:
    codec = pcbin.Codec("chair", effort=0, warn=False)
    for count in POINTS:
        cloud = clouds(1, count)[0]
        yield Case(
            "points in", f"pcbin chair, effort 0, {count:,} points",
            partial(codec.encode, cloud, pose=False), reference=count == 2048,
            facts={"points": count},
        )  # fmt: skip


def _out_points(cloud: Float32) -> Iterator[Case]:
    codec = pcbin.Codec("chair", effort=0, warn=False)
    data = codec.encode(cloud, pose=False)
    for count in OUT_POINTS:
        yield Case(
            "points out", f"pcbin chair, {count:,} points",
            partial(codec.decode, data, n_points=count), reference=count == 2048,
            facts={"points": count},
        )  # fmt: skip


def _cores(some: Sequence[Float32]) -> Iterator[Case]:
    batch = [some[row % len(some)] for row in range(64)]
    for count in sorted({1, 2, os.cpu_count() or 1}):
        pool = ProcessPoolExecutor(count)
        chunks = [batch[start::count] for start in range(count)]
        yield Case(
            "cores", f"pcbin chair, effort 1, {count} processes",
            partial(_encode_in, pool, chunks), len(batch), count == 1,
            {"cores": count},
        )  # fmt: skip


def _restore(codec: pcbin.Codec, codes: Codes) -> int:
    return sum(len(cloud) for cloud in codec.restore(codes))


def _encode_in(pool: ProcessPoolExecutor, chunks: Sequence[Sequence[Float32]]) -> int:
    return sum(pool.map(_encode, chunks))


def _encode(batch: Sequence[Float32]) -> int:
    return len(pcbin.Codec("chair", warn=False).encode_many(batch, pose=False))


def _facts(some: Sequence[Float32], back: Sequence[Float32]) -> dict[str, float | int | str]:
    distances = [distortion(cloud, points).chamfer for cloud, points in zip(some, back, strict=True)]
    return {"chamfer_e3": 1e3 * float(np.mean(distances))}
