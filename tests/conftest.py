"""Fixtures for every test: where the repository and the real data lie, and a tiny model with random
weights.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.layers import mlp, pointnet, shapes
from pcbin.models.model import Model

ROOT = Path(__file__).parents[1]

ModelParts = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


def random_parts(
    *,
    bits: int = 16,
    points: int = 64,
    encoder_points: int = 256,
    seed: int = 0,
    name: str = "tiny",
    blocks: int = 1,
    dtype: type = np.float16,
) -> ModelParts:
    """Description, info and tensors of a small model whose weights are random: it codes nothing well."""
    rng = np.random.default_rng(seed)
    encoder, decoder = pointnet([16, 32], [32], bits), mlp(bits, [32], points, blocks=blocks)
    tensors = {}
    for key, shape in [*shapes(encoder), *shapes(decoder)]:
        if len(shape) == 2:
            tensors[key] = rng.normal(0, np.sqrt(2 / shape[1]), shape).astype(dtype)
        else:
            tensors[key] = rng.normal(1.0 if key.endswith("weight") else 0.0, 0.2, shape).astype(dtype)
    model = {
        "bits": bits,
        "points": points,
        "encoder_points": encoder_points,
        "normalisation": "unit-diagonal",
        "bit_values": [-1.0, 1.0],
        "encoder": encoder,
        "decoder": decoder,
    }
    return model, {"name": name, "license": "none"}, tensors


def random_cloud(n: int = 300, *, seed: int = 0, size: float = 1.0, center: Any = (0.0, 0.0, 0.0)) -> Any:
    """(n, 3) float64 points of a random ellipsoid's surface."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points * rng.uniform(0.2, 1.0, 3) * size + np.asarray(center)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the repository; the test is skipped where there is none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the real data in ../shared")
    return folder


@pytest.fixture(scope="session")
def model_parts() -> Callable[..., ModelParts]:
    return random_parts


@pytest.fixture(scope="session")
def cloud() -> Callable[..., Any]:
    return random_cloud


@pytest.fixture(scope="session")
def tiny_bytes() -> bytes:
    """The file of a 16-bit model with random weights."""
    return dump_model(*random_parts())


@pytest.fixture(scope="session")
def tiny(tiny_bytes: bytes) -> Model:
    return Model(load_model(tiny_bytes))


@pytest.fixture
def models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of user models; no shipped ones."""
    folder, shipped = tmp_path / "models", tmp_path / "shipped"
    folder.mkdir()
    shipped.mkdir()
    monkeypatch.setenv("PCBIN_MODELS", str(folder))
    monkeypatch.setattr("pcbin.models.zoo.SHIPPED", shipped)
    return folder


@pytest.fixture
def tiny_path(models_folder: Path, tiny_bytes: bytes) -> Path:
    """The tiny model, installed for the user under the name 'tiny'."""
    path = models_folder / "tiny.safetensors"
    path.write_bytes(tiny_bytes)
    return path
