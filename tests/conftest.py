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
from pcbin.models.architectures import image_decoder, image_encoder, mlp, pointnet
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import Linear, Sigmoid, Sum, Take
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
    nested: tuple[int, int] | None = None,
    residual: tuple[int, int] | None = None,
) -> ModelParts:
    """Description, info and tensors of a small model whose weights are random: it codes nothing well.

    nested: the shortest and the default length of its codes, where their prefixes are codes.
    residual: how many bits the encoder gives, and of how many components the basis for the others is; its
    displacements are small beside what separates the points. Such a model is nested, from its head on if
    `nested` does not say otherwise.
    """
    rng = np.random.default_rng(seed)
    head, components = residual or (bits, 0)
    encoder, decoder = pointnet([16, 32], [32], head), mlp(head, [32], points, blocks=blocks)
    tail = (
        Linear("decoder/levels", bits - head, components),
        Linear("decoder/basis", components, 3 * points),
    )
    if residual:
        branches = ((Take(0, head), *decoder[:-1]), (Take(head, bits), *tail))
        decoder = (Sum(branches), decoder[-1])
    description = ModelDescription(
        lengths=CodeLengths(*(nested or (head, bits)), bits),
        head=head,
        bit_values=(-1.0, 1.0),
        encoder=encoder,
        decoder=decoder,
        points=points,
        encoder_points=encoder_points,
    )
    tensors = {}
    for key, shape in description.tensor_shapes():
        if len(shape) == 2:
            tensors[key] = rng.normal(0, np.sqrt(2 / shape[1]), shape).astype(dtype)
        else:
            tensors[key] = rng.normal(1.0 if key.endswith("weight") else 0.0, 0.2, shape).astype(dtype)
    if residual:
        basis = np.linalg.qr(rng.normal(size=(3 * points, components)))[0]
        bit = np.arange(bits - head)  # each coefficient in turn: 0.02, then half of it, and so on
        levels = np.where(
            bit % components == np.arange(components)[:, None], 0.02 / 2 ** (bit // components), 0
        )
        tensors |= {
            "decoder/basis/weight": basis.astype(dtype),
            "decoder/levels/weight": levels.astype(dtype),
        }
        for layer in tail:
            tensors[f"{layer.name}/bias"] = np.zeros(layer.outputs, dtype)
    return description.document(), {"name": name, "license": "none"}, tensors


def random_image_parts(
    *, bits: int = 16, image: tuple[int, int] = (6, 5), components: int = 3, seed: int = 0, name: str = "tiny"
) -> ModelParts:
    """The same for images, with a mixture of its codes if there are components."""
    rng = np.random.default_rng(seed)
    *decoder, last = image_decoder(bits, [24], *image)
    description = ModelDescription(
        lengths=CodeLengths(bits, bits, bits),
        head=bits,
        bit_values=(0.0, 1.0),
        encoder=image_encoder(*image, [24], bits),
        decoder=(*decoder, Sigmoid(), last),
        image=image,
        mixture_components=components,
    )
    tensors: dict[str, Any] = {
        key: rng.normal(0, 0.5, shape).astype(np.float16) for key, shape in description.tensor_shapes()
    }
    if components:
        tensors["mixture/weights"] = np.full(components, 1 / components, np.float32)
        tensors["mixture/means"] = rng.uniform(0.1, 0.9, (components, bits)).astype(np.float32)
    return description.document(), {"name": name, "license": "none"}, tensors


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
