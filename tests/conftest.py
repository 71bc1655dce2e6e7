"""Fixtures for every test: where the repository and the real data lie, and a tiny model with random
weights.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from model_helpers import ModelParts, random_image_parts, random_parts

from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.model import Model

settings.register_profile("untimed", deadline=None)  # nothing here fails because a machine is busy
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]


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
def image_parts() -> Callable[..., ModelParts]:
    return random_image_parts


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


@pytest.fixture(scope="session")
def nested() -> Model:
    """A model of 64-bit codes whose prefixes from 16 bits on are codes; 32 bits where nobody asks."""
    return Model.from_parts(*random_parts(bits=64, nested=(16, 32), name="nested"))


@pytest.fixture(scope="session")
def residual() -> Model:
    """A model of 48-bit codes: 16 bits for the network, 32 for 8 coefficients; 24 where nobody asks."""
    return Model.from_parts(*random_parts(bits=48, nested=(8, 24), residual=(16, 8), name="residual"))


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
