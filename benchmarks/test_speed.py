"""pytest-benchmark suite: `pytest benchmarks --benchmark-only --benchmark-enable`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.arrays import normalise, thin
from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud
from pcbin.metrics import distortion

EXAMPLE = Path(__file__).parents[1] / "examples" / "chair.ply"


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return read_cloud(EXAMPLE).points


@pytest.fixture(scope="module")
def codec() -> pcbin.Codec:
    return pcbin.Codec()


def test_encode_one_cloud(benchmark: Any, codec: pcbin.Codec, points: np.ndarray) -> None:
    benchmark(codec.encode, points)


def test_encode_64_clouds(benchmark: Any, codec: pcbin.Codec, points: np.ndarray) -> None:
    benchmark(codec.codes, [points] * 64)


def test_decode_one_cloud(benchmark: Any, codec: pcbin.Codec, points: np.ndarray) -> None:
    benchmark(codec.decode, codec.encode(points))


def test_decode_64_codes(benchmark: Any, codec: pcbin.Codec) -> None:
    codes = np.random.default_rng(0).integers(0, 256, (64, codec.model.bits // 8), dtype=np.uint8)
    benchmark(lambda: list(codec.restore(codes)))


def test_container_without_network(benchmark: Any, codec: pcbin.Codec, points: np.ndarray) -> None:
    data = codec.encode(points)
    benchmark(pcb.loads, data)


def test_thin_32768_points(benchmark: Any) -> None:
    cloud, _ = normalise(np.random.default_rng(0).normal(size=(32768, 3)))
    benchmark(thin, cloud, 2048)


def test_distortion(benchmark: Any, codec: pcbin.Codec, points: np.ndarray) -> None:
    benchmark(distortion, points, codec.decode(codec.encode(points)))


def test_read_100_000_codes_of_an_archive(benchmark: Any, codec: pcbin.Codec, tmp_path: Path) -> None:
    codes = np.random.default_rng(0).integers(0, 256, (100_000, codec.model.bits // 8), dtype=np.uint8)
    path = tmp_path / "many.pcb"
    with pcb.create_archive(path, model_id=codec.model.id, code_bits=codec.model.bits) as writer:
        writer.add_many(codes, None, None, None)

    def read() -> None:
        with pcb.ArchiveReader(path) as archive:
            archive.codes()

    benchmark(read)


def test_one_of_a_million(benchmark: Any, codec: pcbin.Codec, tmp_path: Path) -> None:
    """One record of an open archive, each time of another chunk, with its pose and its name."""
    rng = np.random.default_rng(0)
    path, step = tmp_path / "a.pcb", 50_000
    with pcb.create_archive(path, model_id=codec.model.id, code_bits=128, pose="float64") as writer:
        for start in range(0, 10**6, step):
            codes = rng.integers(0, 256, (step, 16), dtype=np.uint8)
            names = [{"name": f"part/{start + k:07d}.ply"} for k in range(step)]
            writer.add_many(codes, rng.normal(size=(step, 3)), rng.uniform(1, 2, step), names)
    with pcb.ArchiveReader(path) as archive:
        numbers = iter(rng.integers(0, 10**6, 10**6).tolist())
        benchmark(lambda: archive[next(numbers)])
