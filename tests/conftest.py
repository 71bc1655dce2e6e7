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

from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.layers import image_decoder, image_encoder, mlp, pointnet, shapes
from pcbin.models.model import Model

settings.register_profile("untimed", deadline=None)  # nothing here fails because a machine is busy
settings.load_profile("untimed")

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


def random_image_parts(
    *, bits: int = 16, image: tuple[int, int] = (6, 5), components: int = 3, seed: int = 0, name: str = "tiny"
) -> ModelParts:
    """The same for images, with a mixture of its codes if there are components."""
    rng = np.random.default_rng(seed)
    encoder, decoder = image_encoder(*image, [24], bits), image_decoder(bits, [24], *image)
    decoder[-1:] = [{"op": "sigmoid"}, decoder[-1]]
    tensors: dict[str, Any] = {
        key: rng.normal(0, 0.5, shape).astype(np.float16)
        for key, shape in [*shapes(encoder), *shapes(decoder)]
    }
    model = {
        "bits": bits,
        "image": list(image),
        "normalisation": "pixels",
        "bit_values": [0.0, 1.0],
        "encoder": encoder,
        "decoder": decoder,
    }
    if components:
        model["mixture"] = {"components": components}
        tensors["mixture/weights"] = np.full(components, 1 / components, np.float32)
        tensors["mixture/means"] = rng.uniform(0.1, 0.9, (components, bits)).astype(np.float32)
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
